/** The cluster of each notebook, in its toolbar. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../clusters/commandids';
import { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { NotebookLink } from '../notebook/link';
import { LinkItem } from '../notebook/linkbutton';
import { loadBundle, PluginIDs } from './ids';

export const linkPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.link,
  description: 'The Dask cluster of each notebook, connected when its kernel starts.',
  autoStart: true,
  requires: [IClusterManager, IClusterPanel],
  optional: [ITranslator, IToolbarWidgetRegistry],
  activate: (
    { commands, serviceManager }: JupyterFrontEnd,
    manager: IClusterManager,
    clusterPanel: IClusterPanel,
    translator: ITranslator | null,
    toolbars: IToolbarWidgetRegistry | null
  ): void => {
    const trans = loadBundle(translator);
    const { kernelspecs } = serviceManager;
    // `schema/plugin.json` defines its place among the other items.
    toolbars?.addFactory<NotebookPanel>('Notebook', 'daskCluster', panel => {
      const link = new NotebookLink({ panel, manager, kernelspecs });
      const item = new LinkItem({
        link,
        manager,
        trans,
        reveal: id => clusterPanel.reveal(id),
        create: async () => ((await commands.execute(CommandIDs.newCluster)) as string) ?? null
      });
      item.disposed.connect(() => link.dispose());
      return item;
    });
  }
};
