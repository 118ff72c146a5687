/** The commands about one cluster. */

import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { IFrame, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { Clipboard, InputDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ITabs } from './clustertabs';
import { CommandIDs } from './commandids';
import { openDashboard } from './dashboard';
import { confirmCancelJob, confirmForce, confirmStop } from './dialogs';
import { addIdleCommand } from './idlecommand';
import { insertClientOf } from './insertcommand';
import type { PanelModel } from './panelmodel';
import { canRetry } from './problemwords';
import type { ICluster } from './restapi';
import type { IClusterManager } from './tokens';

export interface IClusterCommandsOptions {
  app: JupyterFrontEnd;
  manager: IClusterManager;
  model: PanelModel;
  trans: TranslationBundle;
  /** The id of the panel. */
  panelId: string;
  dashboards: WidgetTracker<MainAreaWidget<IFrame>>;
  labShell: ILabShell | null;
  tabs: ITabs;
  notebooks: INotebookTracker | null;
  consoles: IConsoleTracker | null;
}

export function addClusterCommands(options: IClusterCommandsOptions): void {
  const { app, manager, model, trans, panelId } = options;
  const { commands, shell } = app;

  const named = (args: ReadonlyPartialJSONObject): ICluster | undefined =>
    typeof args.id === 'string' ? manager.find(args.id) : undefined;

  /** The cluster of `args.id`; without one, the only one that fits, or the one the user picks. */
  const pick = async (
    args: ReadonlyPartialJSONObject,
    fits: (cluster: ICluster) => boolean
  ): Promise<ICluster | undefined> => {
    if (typeof args.id === 'string') {
      return named(args);
    }
    const fitting = manager.clusters.filter(fits);
    if (fitting.length <= 1) {
      return fitting[0];
    }
    const { value } = await InputDialog.getItem({
      title: trans.__('Which cluster?'),
      items: fitting.map(cluster => cluster.name)
    });
    return fitting.find(cluster => cluster.name === value);
  };

  /** Do something with one cluster; what goes wrong is shown in the words it came with. */
  const addForCluster = (
    id: string,
    label: string,
    fits: (cluster: ICluster) => boolean,
    act: (cluster: ICluster, args: ReadonlyPartialJSONObject) => Promise<void> | void
  ): void => {
    commands.addCommand(id, {
      // In a list of clusters the name says it all.
      label: args => (args.isList ? (named(args)?.name ?? label) : label),
      isEnabled: args =>
        typeof args.id === 'string'
          ? manager.clusters.some(cluster => cluster.id === args.id && fits(cluster))
          : manager.clusters.some(fits),
      execute: async args => {
        const cluster = await pick(args, fits);
        if (cluster === undefined) {
          return;
        }
        try {
          await act(cluster, args);
        } catch (error) {
          const words = error instanceof Error ? error.message : String(error);
          await showErrorMessage(`${cluster.name}: ${label}`, words);
        }
      }
    });
    manager.changed.connect(() => commands.notifyCommandChanged(id));
  };

  const connectable = (cluster: ICluster): boolean => !!cluster.client_code;

  addForCluster(CommandIDs.insertClient, trans.__('Insert client'), connectable, cluster =>
    insertClientOf(cluster, options)
  );

  addForCluster(
    CommandIDs.copyClient,
    trans.__('Copy client code'),
    connectable,
    ({ client_code }) => {
      Clipboard.copyToSystem(client_code ?? '');
    }
  );

  addForCluster(
    CommandIDs.openDashboard,
    trans.__('Open dashboard'),
    cluster => !!cluster.dashboard_path,
    cluster =>
      openDashboard(cluster, { app, labShell: options.labShell, tracker: options.dashboards })
  );

  addForCluster(
    CommandIDs.openJobs,
    trans.__('Show jobs'),
    () => true,
    ({ id, name }) => options.tabs.jobs.open(id, name)
  );

  addForCluster(
    CommandIDs.rename,
    trans.__('Rename …'),
    cluster => cluster.status !== 'failed' && cluster.status !== 'stopping',
    cluster => {
      shell.activateById(panelId);
      model.renaming = cluster.id;
    }
  );

  addForCluster(CommandIDs.retry, trans.__('Retry'), canRetry, async cluster => {
    await manager.retry(cluster.id);
  });

  const isOver = ({ status }: ICluster): boolean => status === 'failed';

  addForCluster(CommandIDs.startAgain, trans.__('Start again'), isOver, async cluster => {
    const started = await manager.startAgain(cluster.id);
    shell.activateById(panelId);
    model.revealing = started.id;
  });

  addForCluster(
    CommandIDs.cancelJob,
    trans.__('Cancel job …'),
    ({ status }) => status === 'running',
    async (cluster, { job }) => {
      if (typeof job === 'string' && (await confirmCancelJob(cluster, job, trans))) {
        await manager.cancelJob(cluster.id, job);
      }
    }
  );

  addForCluster(
    CommandIDs.showLog,
    trans.__('Show log'),
    () => true,
    ({ id, name }, { source }) =>
      options.tabs.logs.open(id, name, typeof source === 'string' ? source : 'controller')
  );

  addIdleCommand(options);

  const stoppable = ({ status }: ICluster): boolean => status !== 'failed' && status !== 'stopping';

  addForCluster(CommandIDs.stop, trans.__('Stop …'), stoppable, async cluster => {
    if (!(await confirmStop(cluster, trans))) {
      return;
    }
    // The answer may come late. To stop a cluster that failed meanwhile would be to forget it,
    // with its reason and its logs.
    const now = manager.find(cluster.id);
    if (now !== undefined && stoppable(now)) {
      await manager.stop(cluster.id);
    }
  });

  addForCluster(
    CommandIDs.forceStop,
    trans.__('Force stop …'),
    () => true, // Also of a failed one, whose jobs may not have ended yet.
    async cluster => {
      if (await confirmForce(cluster, trans)) {
        await manager.stop(cluster.id, { force: true });
      }
    }
  );

  addForCluster(CommandIDs.forget, trans.__('Dismiss'), isOver, cluster =>
    manager.stop(cluster.id)
  );
}
