/** The item of the status bar, unless the user has switched it off. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator } from '@jupyterlab/translation';

import { StatusItem } from '../athome/statusitem';
import { followSettings } from '../clusters/settings';
import { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { loadBundle, PluginIDs } from './ids';

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.status,
  description: 'The cores of Dask clusters in the status bar.',
  autoStart: true,
  requires: [IClusterManager],
  optional: [IClusterPanel, ITranslator, IStatusBar, ISettingRegistry],
  activate: (
    _: JupyterFrontEnd,
    manager: IClusterManager,
    panel: IClusterPanel | null,
    translator: ITranslator | null,
    statusBar: IStatusBar | null,
    settings: ISettingRegistry | null
  ): void => {
    if (statusBar === null) {
      return;
    }
    const trans = loadBundle(translator);
    const item = new StatusItem({ manager, trans, panel });
    statusBar.registerStatusItem(PluginIDs.status, {
      item,
      align: 'left',
      rank: 5,
      isActive: () => item.isActive,
      activeStateChanged: item.activeChanged
    });
    followSettings(settings, PluginIDs.panel, ({ statusBar: wanted }) => {
      item.isWanted = wanted;
    });
  }
};
