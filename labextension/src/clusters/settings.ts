/** What the user may choose, as `schema/plugin.json` describes it. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** The kinds of notifications, which the user may switch off one by one. */
export type NewsKind = 'workersReady' | 'endsSoon' | 'failed';

/** Whether there are notifications at all, and of which kinds. */
export type INotificationSettings = Readonly<Record<NewsKind | 'enabled', boolean>>;

export interface ISettings {
  /** Seconds between looks that no event asked for. */
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

/** Call `apply` with the settings, now and whenever they change; without any the defaults hold. */
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
