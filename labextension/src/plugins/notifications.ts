/** Notifications of what happens to the clusters. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator } from '@jupyterlab/translation';

import { followSettings } from '../clusters/settings';
import { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { NotifiedEndings } from '../notifications/notifiedendings';
import { Notifier } from '../notifications/notifier';
import { loadBundle, PluginIDs } from './ids';

export const notificationsPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.notifications,
  description: 'Notifications of what happens to Dask clusters.',
  autoStart: true,
  requires: [IClusterManager],
  optional: [IClusterPanel, ITranslator, ISettingRegistry, IStateDB],
  activate: (
    _: JupyterFrontEnd,
    manager: IClusterManager,
    panel: IClusterPanel | null,
    translator: ITranslator | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null
  ): void => {
    const trans = loadBundle(translator);
    const notified = new NotifiedEndings(state);
    // Not awaited: the state database answers only once all plugins are active.
    void notified.load().then(() => {
      const notifier = new Notifier({ manager, trans, panel, notified });
      followSettings(settings, PluginIDs.panel, ({ notifications }) => {
        notifier.settings = notifications;
      });
    });
  }
};
