/** The dashboards of the clusters: panes of the main area, and their commands. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../clusters/commandids';
import { followSettings } from '../clusters/settings';
import { IClusterManager } from '../clusters/tokens';
import { addDashboardCommands } from '../commands/dashboardcommands';
import { Dashboards } from '../dashboards/dashboards';
import { loadBundle, PluginIDs } from './ids';

export const dashboardsPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.dashboards,
  description: 'The dashboards of Dask clusters, as panes.',
  autoStart: true,
  requires: [IClusterManager],
  optional: [
    ITranslator,
    ICommandPalette,
    ILayoutRestorer,
    ILabShell,
    INotebookTracker,
    ISettingRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    manager: IClusterManager,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    notebooks: INotebookTracker | null,
    settings: ISettingRegistry | null
  ): void => {
    const { commands } = app;
    const trans = loadBundle(translator);
    const notebook = (): INotebookTracker['currentWidget'] => notebooks?.currentWidget ?? null;
    const dashboards = new Dashboards({ app, labShell, manager, notebook, trans });
    followSettings(settings, PluginIDs.panel, ({ defaultPlots }) => {
      dashboards.defaultPlots = defaultPlots;
    });
    addDashboardCommands({ commands, manager, dashboards, palette, trans });
    void restorer?.restore(dashboards.tracker, {
      command: CommandIDs.restorePlot,
      args: ({ content }) => ({
        id: content.clusterId,
        plot: content.plot,
        name: content.clusterName
      }),
      name: ({ id }) => id
    });
  }
};
