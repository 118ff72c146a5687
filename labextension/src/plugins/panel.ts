/** The panel in the sidebar, and its commands. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { addCommands } from '../commands/commands';
import { PanelModel } from '../panel/model';
import { ClusterSidebar } from '../panel/sidebar';
import { makeTabs, restoreTabs } from '../views/kinds';
import { loadBundle, PluginIDs } from './ids';

export const panelPlugin: JupyterFrontEndPlugin<IClusterPanel> = {
  id: PluginIDs.panel,
  description: 'Dask clusters on Slurm, from the sidebar.',
  autoStart: true,
  provides: IClusterPanel,
  requires: [IClusterManager],
  optional: [
    ITranslator,
    ICommandPalette,
    ILayoutRestorer,
    ILabShell,
    INotebookTracker,
    IConsoleTracker
  ],
  activate: (
    app: JupyterFrontEnd,
    clusters: IClusterManager,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    notebooks: INotebookTracker | null,
    consoles: IConsoleTracker | null
  ): IClusterPanel => {
    const trans = loadBundle(translator);
    const model = new PanelModel(clusters);
    const context = { manager: clusters, commands: app.commands, trans };
    const tabs = makeTabs({ app, labShell, context });
    if (restorer !== null) {
      restoreTabs(tabs, app, restorer);
    }
    addCommands({
      app,
      manager: clusters,
      model,
      trans,
      panelId: ClusterSidebar.ID,
      tabs,
      notebooks,
      consoles,
      palette
    });
    const sidebar = new ClusterSidebar(context, model);
    app.shell.add(sidebar, 'left', { rank: 550 });
    restorer?.add(sidebar, ClusterSidebar.ID);
    return {
      reveal: id => {
        app.shell.activateById(ClusterSidebar.ID);
        model.revealing = id;
      }
    };
  }
};
