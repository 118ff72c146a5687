/** The plugins that JupyterLab loads, each in a file of its own. */

import { commandsPlugin } from './plugins/commands';
import { dashboardsPlugin } from './plugins/dashboards';
import { linkPlugin } from './plugins/link';
import { managerPlugin } from './plugins/manager';
import { menusPlugin } from './plugins/menus';
import { notebookPlugin } from './plugins/notebook';
import { notificationsPlugin } from './plugins/notifications';
import { panelPlugin } from './plugins/panel';
import { runningPlugin } from './plugins/running';
import { statusPlugin } from './plugins/status';

// For other extensions: the tokens, with all of their types, and the ids of the commands.
export type * from './api/activitywire';
export type * from './api/sitewire';
export type * from './api/wire';
export { RestError } from './api/restapi';
export { CommandIDs } from './clusters/commandids';
export type { Connection } from './clusters/tokens';
export { IClusterManager, IClusterPanel } from './clusters/tokens';

export default [
  managerPlugin,
  commandsPlugin,
  panelPlugin,
  dashboardsPlugin,
  notebookPlugin,
  linkPlugin,
  menusPlugin,
  runningPlugin,
  statusPlugin,
  notificationsPlugin
];
