/** The commands about one cluster. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard } from '@jupyterlab/apputils';
import type { IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';
import { CommandIDs } from '../clusters/commandids';
import type { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { canRetry } from '../clusters/words/problems';
import { insertClientOf } from '../notebook/insertcommand';
import type { ITabs } from '../views/kinds';
import { confirmCancelJob, confirmForce, confirmStop } from './dialogs';
import { forCluster } from './forcluster';
import { addIdleCommand } from './idlecommand';

export interface IClusterCommandsOptions {
  app: JupyterFrontEnd;
  manager: IClusterManager;
  /** Null where the panel is disabled. */
  panel: IClusterPanel | null;
  trans: TranslationBundle;
  tabs: ITabs;
  notebooks: INotebookTracker | null;
  consoles: IConsoleTracker | null;
}

export function addClusterCommands(options: IClusterCommandsOptions): void {
  const { app, manager, panel, trans } = options;
  const { commands } = app;

  const addForCluster = forCluster({ commands, manager, trans });

  const changing =
    (fits: (cluster: ICluster) => boolean) =>
    (cluster: ICluster): boolean =>
      !manager.site?.read_only && fits(cluster);

  const connectable = (cluster: ICluster): boolean => !!cluster.client_code;

  addForCluster(
    CommandIDs.insertClient,
    trans.__('Insert Client'),
    connectable,
    cluster => insertClientOf(cluster, options),
    trans.__('Insert Dask Client')
  );

  addForCluster(
    CommandIDs.copyClient,
    trans.__('Copy Client Code'),
    connectable,
    ({ client_code }) => {
      Clipboard.copyToSystem(client_code ?? '');
    }
  );

  addForCluster(
    CommandIDs.openJobs,
    trans.__('Show Jobs'),
    () => true,
    ({ id, name }) => options.tabs.jobs.open(id, name),
    trans.__('Show Jobs of Dask Cluster')
  );

  addForCluster(
    CommandIDs.retry,
    trans.__('Retry'),
    changing(canRetry),
    async cluster => {
      await manager.retry(cluster.id);
    },
    trans.__('Retry Dask Cluster')
  );

  const isOver = changing(({ status }) => status === 'failed');

  addForCluster(
    CommandIDs.startAgain,
    trans.__('Start Again'),
    isOver,
    async cluster => {
      const started = await manager.startAgain(cluster.id);
      panel?.reveal(started.id);
    },
    trans.__('Start Dask Cluster Again')
  );

  addForCluster(
    CommandIDs.cancelJob,
    trans.__('Cancel Job…'),
    changing(({ status }) => status === 'running'),
    async (cluster, { job }) => {
      if (typeof job === 'string' && (await confirmCancelJob(cluster, job, trans))) {
        await manager.cancelJob(cluster.id, job);
      }
    }
  );

  addForCluster(
    CommandIDs.showLog,
    trans.__('Show Log'),
    () => true,
    ({ id, name }, { source }) =>
      options.tabs.logs.open(id, name, typeof source === 'string' ? source : 'controller'),
    trans.__('Show Log of Dask Cluster')
  );

  addIdleCommand(options);

  const stoppable = changing(({ status }) => status !== 'failed' && status !== 'stopping');

  addForCluster(
    CommandIDs.stop,
    trans.__('Stop…'),
    stoppable,
    async cluster => {
      if (!(await confirmStop(cluster, trans))) {
        return;
      }
      // The confirmation may come late. Stopping a cluster that has failed meanwhile would forget it,
      // with its problem and its logs.
      const now = manager.find(cluster.id);
      if (now !== undefined && stoppable(now)) {
        await manager.stop(cluster.id);
      }
    },
    trans.__('Stop Dask Cluster…')
  );

  addForCluster(
    CommandIDs.forceStop,
    trans.__('Force Stop…'),
    changing(() => true), // Also a failed one: its jobs may not have ended yet.
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
