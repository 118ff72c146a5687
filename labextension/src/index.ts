/** The plugins that JupyterLab loads, each in a file of its own. */

import { dashboardsPlugin } from './plugins/dashboards';
import { linkPlugin } from './plugins/link';
import { managerPlugin } from './plugins/manager';
import { menusPlugin } from './plugins/menus';
import { notebookPlugin } from './plugins/notebook';
import { notificationsPlugin } from './plugins/notifications';
import { panelPlugin } from './plugins/panel';
import { runningPlugin } from './plugins/running';
import { statusPlugin } from './plugins/status';

export { IClusterManager, IClusterPanel } from './clusters/tokens';

export default [
  managerPlugin,
  panelPlugin,
  dashboardsPlugin,
  notebookPlugin,
  linkPlugin,
  menusPlugin,
  runningPlugin,
  statusPlugin,
  notificationsPlugin
];
