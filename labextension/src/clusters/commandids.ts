/** The commands. Those about one cluster take `{ id }`; without it they ask which. */

export namespace CommandIDs {
  export const showPanel = 'dask-slurm:show-panel';
  /** Also takes `from`: the id of a cluster to begin with. */
  export const newCluster = 'dask-slurm:new-cluster';
  export const refresh = 'dask-slurm:refresh';
  export const insertClient = 'dask-slurm:insert-client';
  export const copyClient = 'dask-slurm:copy-client';
  /** The whole of it, as dask arranges it. */
  export const openDashboard = 'dask-slurm:open-dashboard';
  export const openJobs = 'dask-slurm:open-jobs';
  /** Also takes `kind` and `name`: the cluster need not be known yet. */
  export const restoreTab = 'dask-slurm:restore-tab';
  /** Also takes `plot`; without it, asks which, `below` a button or in the middle. */
  export const openPlot = 'dask-slurm:open-plot';
  export const defaultLayout = 'dask-slurm:default-layout';
  /** For JupyterLab: takes `id`, `plot` and the cluster's last `name`. */
  export const restorePlot = 'dask-slurm:restore-plot';
  export const rename = 'dask-slurm:rename-cluster';
  export const retry = 'dask-slurm:retry';
  export const startAgain = 'dask-slurm:start-again';
  export const idleTimeout = 'dask-slurm:set-idle-timeout';
  /** Also takes `job`. */
  export const cancelJob = 'dask-slurm:cancel-job';
  /** Those of the cluster `id` that is gone; without it all. */
  export const cancelOrphans = 'dask-slurm:cancel-orphans';
  export const showLog = 'dask-slurm:show-log';
  export const stop = 'dask-slurm:stop-cluster';
  export const forceStop = 'dask-slurm:force-stop-cluster';
  export const forget = 'dask-slurm:forget-cluster';
}
