/** The cluster of each notebook, in its toolbar. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { NotebookLink } from '../notebook/link';
import { LinkItem } from '../notebook/linkbutton';
import { loadBundle, PluginIDs } from './ids';

export const linkPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.link,
  description: 'The Dask cluster of each notebook, connected when its kernel starts.',
  autoStart: true,
  requires: [IClusterManager],
  optional: [IClusterPanel, ITranslator, IToolbarWidgetRegistry],
  activate: (
    { commands, serviceManager }: JupyterFrontEnd,
    manager: IClusterManager,
    clusterPanel: IClusterPanel | null,
    translator: ITranslator | null,
    toolbars: IToolbarWidgetRegistry | null
  ): void => {
    const trans = loadBundle(translator);
    const { kernelspecs } = serviceManager;
    // `schema/notebook-cluster.json` defines its place among the other items.
    toolbars?.addFactory<NotebookPanel>('Notebook', 'daskCluster', panel => {
      const link = new NotebookLink({ panel, manager, kernelspecs });
      const item = new LinkItem({
        link,
        manager,
        trans,
        commands,
        clusterPanel
      });
      item.disposed.connect(() => link.dispose());
      return item;
    });
  }
};
