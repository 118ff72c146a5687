/** The ids of the plugins. */

const PACKAGE = 'jupyter-dask-slurm';

export namespace PluginIDs {
  export const manager = `${PACKAGE}:manager`;
  /** The panel; the settings of all plugins are kept under its id. */
  export const panel = `${PACKAGE}:plugin`;
  export const dashboards = `${PACKAGE}:dashboards`;
  export const notebook = `${PACKAGE}:notebook`;
  export const link = `${PACKAGE}:notebook-cluster`;
  export const notifications = `${PACKAGE}:notifications`;
  export const menus = `${PACKAGE}:menus`;
  export const running = `${PACKAGE}:running`;
  export const status = `${PACKAGE}:status`;
}
