import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { IFrame, MainAreaWidget } from '@jupyterlab/apputils';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addCommands } from './commands';
import { closeGone } from './dashboard';
import { ClusterManager } from './manager';
import { PanelModel } from './panelmodel';
import { ClusterSidebar } from './sidebar';
import { IClusterManager } from './tokens';

export { IClusterManager } from './tokens';

const MANAGER_ID = 'jupyter-dask-slurm:manager';
const PANEL_ID = 'jupyter-dask-slurm:plugin';

/** The clusters, for the panel and for other extensions. */
const manager: JupyterFrontEndPlugin<IClusterManager> = {
  id: MANAGER_ID,
  description: 'The Dask clusters of this server.',
  autoStart: true,
  provides: IClusterManager,
  optional: [IStateDB, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    state: IStateDB | null,
    settings: ISettingRegistry | null
  ): IClusterManager => {
    const clusters = new ClusterManager({
      serverSettings: app.serviceManager.serverSettings,
      events: app.serviceManager.events,
      state
    });
    settings?.load(PANEL_ID).then(
      loaded => {
        const apply = (): void => {
          clusters.refreshInterval = 1000 * (loaded.composite.refreshInterval as number);
        };
        loaded.changed.connect(apply);
        apply();
      },
      (reason: unknown) => console.warn('dask-slurm: no settings, the defaults hold', reason)
    );
    return clusters;
  }
};

/** The sidebar and its commands. */
const panel: JupyterFrontEndPlugin<void> = {
  id: PANEL_ID,
  description: 'Dask clusters on Slurm, from the sidebar.',
  autoStart: true,
  requires: [IClusterManager],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, ILabShell, INotebookTracker, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    clusters: IClusterManager,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    notebooks: INotebookTracker | null,
    state: IStateDB | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dask_slurm');
    const model = new PanelModel(clusters);
    const dashboards = new WidgetTracker<MainAreaWidget<IFrame>>({
      namespace: 'dask-slurm-dashboards'
    });
    clusters.changed.connect(() => {
      if (clusters.connection === 'ok') {
        closeGone(dashboards, clusters.clusters);
      }
    });
    addCommands({
      app,
      manager: clusters,
      model,
      trans,
      panelId: ClusterSidebar.ID,
      dashboards,
      labShell,
      notebooks,
      palette,
      state
    });
    const sidebar = new ClusterSidebar({ manager: clusters, model, commands: app.commands, trans });
    app.shell.add(sidebar, 'left', { rank: 550 });
    restorer?.add(sidebar, ClusterSidebar.ID);
  }
};

export default [manager, panel];
