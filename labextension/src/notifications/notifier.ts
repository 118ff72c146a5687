/** Notifies the user of events of the clusters and of ends to come, each once. */

import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { errorWords } from '../api/errorwords';
import type { ICluster } from '../api/restapi';
import { Disposable } from '../base/observable';
import type { INotificationSettings } from '../clusters/settings';
import { NOTIFICATIONS } from '../clusters/settings';
import type { IClusterManager, IClusterPanel } from '../clusters/tokens';
import type { IEnding, News } from './news';
import { endingsOf, newsBetween, untilDue } from './news';
import { endingWords, newsWords } from './newswords';
import type { NotifiedEndings } from './notifiedendings';

export interface INotifierOptions {
  manager: IClusterManager;
  trans: TranslationBundle;
  /** Null where the panel is disabled. */
  panel: IClusterPanel | null;
  notified: NotifiedEndings;
}

/** Milliseconds that a success is shown. */
const GOOD_NEWS_SHOWN_FOR = 5000;

/** The longest time-out of a browser, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

export class Notifier extends Disposable {
  constructor(private readonly _options: INotifierOptions) {
    super();
    _options.manager.changed.connect(this._look, this);
    this._look();
  }

  /** The notifications that the user wants. */
  settings: INotificationSettings = NOTIFICATIONS;

  protected override onDispose(): void {
    clearTimeout(this._timer);
    this._options.manager.changed.disconnect(this._look, this);
  }

  private _look(): void {
    const { manager } = this._options;
    if (manager.connection !== 'ok') {
      return; // The clusters are outdated.
    }
    const before = this._known;
    this._known = new Map(manager.clusters.map(cluster => [cluster.id, cluster]));
    if (before !== null) {
      // The first list is no news: the cards show it.
      for (const cluster of manager.clusters) {
        const old = before.get(cluster.id) ?? null;
        if (old !== cluster) {
          newsBetween(old, cluster).forEach(news => this._notify(cluster, news));
        }
      }
    }
    this._withdraw();
    this._notifyOfEndings();
  }

  private _notify(cluster: ICluster, news: News): void {
    if (!this._wants(news.kind)) {
      return;
    }
    const { trans } = this._options;
    const message = newsWords(cluster, news, trans);
    const actions = this._show(cluster.id);
    switch (news.kind) {
      case 'workersReady':
        Notification.success(message, { actions, autoClose: GOOD_NEWS_SHOWN_FOR });
        break;
      case 'endsSoon':
        Notification.info(message, { actions, autoClose: false });
        break;
      case 'failed':
        Notification.error(message, { actions, autoClose: false });
    }
  }

  /** Notify of the ends that are due, and set a timer for the next. */
  private _notifyOfEndings(): void {
    clearTimeout(this._timer);
    const now = Date.now();
    let next = Infinity;
    for (const cluster of this._options.manager.clusters) {
      for (const ending of endingsOf(cluster)) {
        const wait = untilDue(cluster, ending, now);
        if (wait === null || this._options.notified.has(cluster.id, ending)) {
          continue;
        }
        if (wait > 0) {
          next = Math.min(next, wait);
        } else if (this._wants('endsSoon')) {
          this._notifyOfEnding(cluster, ending, now);
        }
      }
    }
    if (next !== Infinity) {
      this._timer = setTimeout(() => this._notifyOfEndings(), Math.min(next, LONGEST));
    }
  }

  private _notifyOfEnding(cluster: ICluster, ending: IEnding, now: number): void {
    const { manager, notified, trans } = this._options;
    notified.add(cluster.id, ending, new Set(manager.clusters.map(({ id }) => id)));
    const actions = this._show(cluster.id);
    if (ending.what === 'idle') {
      actions.unshift(this._extend(cluster.id));
    }
    const message = endingWords(cluster, ending, now, trans);
    const id = Notification.warning(message, { actions, autoClose: false });
    this._shown.push({ id, clusterId: cluster.id, ending });
  }

  /** Withdraw warnings of ends that were postponed or have come. */
  private _withdraw(): void {
    const { manager } = this._options;
    this._shown = this._shown.filter(({ id, clusterId, ending }) => {
      const cluster = manager.find(clusterId);
      const stands =
        cluster !== undefined &&
        endingsOf(cluster).some(
          each => each.what === ending.what && Date.parse(each.at) <= Date.parse(ending.at) + 1000
        );
      if (!stands) {
        Notification.dismiss(id);
      }
      return stands;
    });
  }

  /** Return the action that shows a cluster, where there is a panel to show it in. */
  private _show(id: string): Notification.IAction[] {
    const { panel, trans } = this._options;
    const caption = trans.__('Show the cluster in the panel');
    const callback = (): void => panel?.reveal(id);
    return panel === null ? [] : [{ label: trans.__('Show'), caption, callback }];
  }

  private _extend(id: string): Notification.IAction {
    const { manager, trans } = this._options;
    return {
      label: trans.__('Extend'),
      caption: trans.__('Let it be idle for one more whole time-out, from now on'),
      displayType: 'accent',
      callback: () => {
        manager.extendIdle(id).catch((error: unknown) => {
          const words = errorWords(error);
          Notification.error(words, { actions: this._show(id), autoClose: false });
        });
      }
    };
  }

  private _wants(kind: News['kind']): boolean {
    return this.settings.enabled && this.settings[kind];
  }

  private _known: ReadonlyMap<string, ICluster> | null = null;
  /** The warnings that are shown, also in the notification centre. */
  private _shown: { id: string; clusterId: string; ending: IEnding }[] = [];
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
