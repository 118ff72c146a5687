/** The ids of the commands. Those about one cluster take `{ id }`, and ask for the cluster without it. */

export namespace CommandIDs {
  export const showPanel = 'dask-slurm:show-panel';
  /** Also takes `from`: the id of a cluster to copy the options of. The name is a new one. */
  export const newCluster = 'dask-slurm:new-cluster';
  /** Takes the place of a cluster. Also takes `advised`: begin with the size that is advised. */
  export const change = 'dask-slurm:change-cluster';
  export const refresh = 'dask-slurm:refresh';
  export const checkSite = 'dask-slurm:check-site';
  export const insertClient = 'dask-slurm:insert-client';
  export const copyClient = 'dask-slurm:copy-client';
  /** The whole dashboard, as dask lays it out. */
  export const openDashboard = 'dask-slurm:open-dashboard';
  export const openJobs = 'dask-slurm:open-jobs';
  /** Also takes `kind` and `name`: the cluster may not be known yet. */
  export const restoreTab = 'dask-slurm:restore-tab';
  /** Also takes `plot`. Without it, shows the chooser, `below` a button or in the middle. */
  export const openPlot = 'dask-slurm:open-plot';
  export const defaultLayout = 'dask-slurm:default-layout';
  /** For the layout restorer: takes `id`, `plot` and the last known `name` of the cluster. */
  export const restorePlot = 'dask-slurm:restore-plot';
  export const rename = 'dask-slurm:rename-cluster';
  export const retry = 'dask-slurm:retry';
  export const startAgain = 'dask-slurm:start-again';
  export const idleTimeout = 'dask-slurm:set-idle-timeout';
  /** Also takes `job`. */
  export const cancelJob = 'dask-slurm:cancel-job';
  /** Takes the `id` of the cluster that is gone; without it, cancels all. */
  export const cancelOrphans = 'dask-slurm:cancel-orphans';
  export const showLog = 'dask-slurm:show-log';
  export const stop = 'dask-slurm:stop-cluster';
  export const forceStop = 'dask-slurm:force-stop-cluster';
  export const forget = 'dask-slurm:forget-cluster';
}
