/** What JupyterLab loads: the plugins, each in a file of its own. */

import { managerPlugin } from './plugins/manager';
import { notebookPlugin } from './plugins/notebook';
import { panelPlugin } from './plugins/panel';

export { IClusterManager, IClusterPanel } from './tokens';

export default [managerPlugin, panelPlugin, notebookPlugin];
