/**
 * Jobs of ours that belong to no living cluster, without a pixel.
 *
 * Looked for once at the start, when a cluster leaves or fails, and when the user asks; never on a
 * timer, for each look asks the batch system. What nobody asked for fails in silence.
 */

import { errorWords } from '../api/errorwords';
import type { ICluster, IOrphan } from '../api/restapi';
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

  /** How many jobs there are. */
  get jobs(): number {
    return this._list.reduce((sum, orphan) => sum + orphan.jobs, 0);
  }

  /** Why what the user asked for last did not work. */
  get error(): string | null {
    return this._error;
  }

  /** A request of the user's is under way. */
  get isBusy(): boolean {
    return this._busy > 0;
  }

  /** Look again, because the user wants to know. */
  refresh(): Promise<void> {
    return this._asked(() => this._fetch(false));
  }

  /** Look again, at a button that is about more than these. */
  refreshQuietly(): Promise<void> {
    return this._look(false);
  }

  /** Cancel those of one cluster that is gone, or all. */
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

  /** What the user asked for: its failure is said. */
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

  /** An answer that a newer question overtook is dropped. */
  private async _fetch(background: boolean): Promise<void> {
    const question = ++this._question;
    const list = await this._manager.orphans({ background });
    if (question === this._question) {
      this._list = list;
      this.emit();
    }
  }

  private _living: ReadonlySet<string>;
  private _list: readonly IOrphan[] = [];
  private _error: string | null = null;
  private _busy = 0;
  private _question = 0;
}

function living(clusters: readonly ICluster[]): ReadonlySet<string> {
  return new Set(clusters.filter(({ status }) => status !== 'failed').map(({ id }) => id));
}
