/**
 * The model of jobs that belong to no living cluster.
 *
 * Requested at the start, when a cluster goes or fails, and by the user; never on a timer, because
 * each request asks the batch system. Only failures of the user's requests are shown.
 */

import { errorWords } from '../api/errorwords';
import type { ICluster, IOrphan, IOrphans } from '../api/restapi';
import { Observable } from '../base/observable';
import type { IClusterManager } from '../clusters/tokens';

export class OrphansModel extends Observable {
  constructor(private readonly _manager: IClusterManager) {
    super();
    this._living = living(this._manager.clusters);
    this._manager.changed.connect(this._update, this);
    void this._manager.ready.then(() => this._look(true));
  }

  get list(): readonly IOrphan[] {
    return this._list;
  }

  /** Why there may be more, in the words of each that did not say which jobs it has. */
  get unanswered(): readonly string[] {
    return (this._list.unanswered ?? []).map(({ message }) => message);
  }

  /** The number of jobs. */
  get jobs(): number {
    return this._list.reduce((sum, orphan) => sum + orphan.jobs, 0);
  }

  /** The error of the user's last request, or null. */
  get error(): string | null {
    return this._error;
  }

  /** A request of the user's is running. */
  get isBusy(): boolean {
    return this._busy > 0;
  }

  /** Look again, on the user's request. */
  refresh(): Promise<void> {
    return this._asked(() => this._fetch(false));
  }

  /** Look again, without showing a failure. */
  refreshQuietly(): Promise<void> {
    return this._look(false);
  }

  /** Cancel the jobs of one cluster that is gone, or all. */
  cancel(clusterId: string | null): Promise<void> {
    return this._asked(async () => {
      try {
        await this._manager.cancelOrphans(clusterId);
      } finally {
        await this._look(true);
      }
    });
  }

  protected override onDispose(): void {
    this._manager.changed.disconnect(this._update, this);
  }

  private _update(): void {
    if (this._manager.connection !== 'ok') {
      return;
    }
    const now = living(this._manager.clusters);
    const lost = [...this._living].some(id => !now.has(id));
    this._living = now;
    if (lost) {
      void this._look(true);
    }
  }

  /** Run a request of the user's, whose failure is shown. */
  private async _asked(act: () => Promise<void>): Promise<void> {
    this._busy++;
    this._error = null;
    this.emit();
    try {
      await act();
    } catch (error) {
      this._error = errorWords(error);
    } finally {
      this._busy--;
      this.emit();
    }
  }

  private async _look(background: boolean): Promise<void> {
    await this._fetch(background).catch(() => undefined);
  }

  /** The response to an outdated request is dropped. */
  private async _fetch(background: boolean): Promise<void> {
    const question = ++this._question;
    const list = await this._manager.orphans({ background });
    if (question === this._question) {
      this._list = list;
      this.emit();
    }
  }

  private _living: ReadonlySet<string>;
  private _list: IOrphans = [];
  private _error: string | null = null;
  private _busy = 0;
  private _question = 0;
}

function living(clusters: readonly ICluster[]): ReadonlySet<string> {
  return new Set(clusters.filter(({ status }) => status !== 'failed').map(({ id }) => id));
}
