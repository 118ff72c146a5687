/** The user's settings, see `schema/plugin.json`. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** The kinds of notifications, each of which can be switched off. */
export type NewsKind = 'workersReady' | 'endsSoon' | 'failed';

/** Whether to notify at all, and about what. */
export type INotificationSettings = Readonly<Record<NewsKind | 'enabled', boolean>>;

export interface ISettings {
  /** Seconds between background requests. */
  refreshInterval: number;
  statusBar: boolean;
  notifications: INotificationSettings;
  /** The plots of the default dashboard layout. */
  defaultPlots: string[];
}

export const NOTIFICATIONS: INotificationSettings = {
  enabled: true,
  workersReady: true,
  endsSoon: true,
  failed: true
};

/** Call `apply` with the settings, now and whenever they change. Not called if there are none. */
export function followSettings(
  registry: ISettingRegistry | null,
  id: string,
  apply: (settings: ISettings) => void
): void {
  registry?.load(id).then(
    loaded => {
      const follow = (): void => apply(loaded.composite as unknown as ISettings);
      loaded.changed.connect(follow);
      follow();
    },
    (reason: unknown) => console.warn('dask-slurm: no settings, the defaults hold', reason)
  );
}
