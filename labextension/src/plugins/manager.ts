/** The clusters, for the panel and for other extensions. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';

import { ClusterManager } from '../clusters/manager';
import { followSettings } from '../clusters/settings';
import { IClusterManager } from '../clusters/tokens';
import { PluginIDs } from './ids';

export const managerPlugin: JupyterFrontEndPlugin<IClusterManager> = {
  id: PluginIDs.manager,
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
    followSettings(settings, PluginIDs.panel, ({ refreshInterval }) => {
      clusters.refreshInterval = 1000 * refreshInterval;
    });
    return clusters;
  }
};
