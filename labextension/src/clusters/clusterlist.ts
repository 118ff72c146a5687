/** The list of clusters as the server told it last. */

import type { ServerConnection } from '@jupyterlab/services';

import { errorWords } from '../api/errorwords';
import * as rest from '../api/restapi';
import { Observable } from '../base/observable';
import { keepUnchanged } from '../base/unchanged';
import type { ServerWatch } from './serverwatch';
import type { Connection } from './tokens';
import { formatCoreHours } from './words/format';

/** Emits when anything is other than before. */
export class ClusterList extends Observable {
  constructor(serverSettings: ServerConnection.ISettings, serverWatch: ServerWatch) {
    super();
    this._serverSettings = serverSettings;
    this._serverWatch = serverWatch;
  }

  get clusters(): readonly rest.ICluster[] {
    return this._clusters;
  }

  get connection(): Connection {
    return this._connection;
  }

  get message(): string | null {
    return this._message;
  }

  get isMisconfigured(): boolean {
    return this._isMisconfigured;
  }

  /**
   * Ask for the list. During a request, ask once more after it: an event may be newer. Rejects if there
   * is no list, so that a poll backs off.
   */
  ask(background: boolean): Promise<void> {
    if (this._listing !== null) {
      this._again ??= this._listing
        .catch(() => undefined)
        .then(() => {
          this._again = null;
          return this.ask(background);
        });
      return this._again;
    }
    this._listing = this._fetch(background).finally(() => {
      this._listing = null;
    });
    return this._listing;
  }

  /** Refresh the list after our own change. A failure is in `connection`. */
  async askAnew(): Promise<void> {
    this._epoch++;
    await this.ask(true).catch(() => undefined);
  }

  /** Add the cluster that a request returned, or put it in place of `replaced`. */
  async take(
    answer: Promise<rest.ICluster>,
    replaced: string | null = null
  ): Promise<rest.ICluster> {
    const cluster = await this._serverWatch.of(answer);
    this._epoch++;
    const others = this._clusters.filter(other => other.id !== replaced);
    const known = others.some(other => other.id === cluster.id);
    this._clusters = known
      ? others.map(other => (other.id === cluster.id ? cluster : other))
      : [...others, cluster];
    this.emit();
    return cluster;
  }

  private async _fetch(background: boolean): Promise<void> {
    for (;;) {
      const epoch = this._epoch;
      try {
        const clusters = await rest.listClusters({
          serverSettings: this._serverSettings,
          background
        });
        if (epoch !== this._epoch) {
          continue; // Asked before our own change was answered: the list may be older.
        }
        this._serverWatch.noteAnswer();
        this._isMisconfigured = false;
        this._become('ok', null, keepUnchanged(this._clusters, clusters, saysTheSame));
      } catch (error) {
        this._serverWatch.noteFailure(error);
        this._isMisconfigured = rest.isMisconfiguration(error);
        this._become(rest.isNotFound(error) ? 'missing' : 'failed', errorWords(error));
        throw error;
      }
      return;
    }
  }

  /** Take over what a request for the list has found, and tell of it if anything is other than before. */
  private _become(
    connection: Connection,
    message: string | null,
    clusters: readonly rest.ICluster[] = this._clusters
  ): void {
    const isSame =
      connection === this._connection && message === this._message && clusters === this._clusters;
    this._connection = connection;
    this._message = message;
    this._clusters = clusters;
    if (!isSame) {
      this.emit();
    }
  }

  private readonly _serverSettings: ServerConnection.ISettings;
  private readonly _serverWatch: ServerWatch;
  private _clusters: readonly rest.ICluster[] = [];
  private _connection: Connection = 'loading';
  private _message: string | null = null;
  private _isMisconfigured = false;
  /** Counts our own changes, see `_fetch`. */
  private _epoch = 0;
  private _listing: Promise<void> | null = null;
  private _again: Promise<void> | null = null;
}

/** Compare all but what the jobs have used, which always grows: the former counts as it is shown. */
export function saysTheSame(one: rest.ICluster, other: rest.ICluster): boolean {
  return said(one) === said(other);
}

function said({ core_seconds, usage: _, ...rest }: rest.ICluster): string {
  return JSON.stringify([rest, core_seconds ? formatCoreHours(core_seconds) : null]);
}
