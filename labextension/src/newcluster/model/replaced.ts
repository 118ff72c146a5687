/** The cluster whose place, and name, the new one is to take: it ends first. */

import type { ICluster } from '../../api/restapi';
import { Observable } from '../../base/observable';
import type { IClusterManager } from '../../clusters/tokens';

export class Replaced extends Observable {
  constructor(
    private readonly _manager: IClusterManager,
    private readonly _original: ICluster | null
  ) {
    super();
  }

  /** The cluster as it is now; null if none is replaced, and once it is gone. */
  get cluster(): ICluster | null {
    return this._manager.find(this._original?.id ?? '') ?? null;
  }

  /** The clusters that stay. */
  get others(): ICluster[] {
    return this._manager.clusters.filter(({ id }) => id !== this._original?.id);
  }

  /** Jobs and data go with it: it has not ended by itself. */
  get isAlive(): boolean {
    return this.cluster !== null && this.cluster.status !== 'failed';
  }

  /** Its end is waited for. */
  get isEnding(): boolean {
    return this._ending;
  }

  /** The name that the new one has by itself; null if it is to have one of its own. */
  get name(): string | null {
    return this._original?.name ?? null;
  }

  /**
   * Stop the cluster, or dismiss it if it has ended, and wait until it is gone. Rejects with the error of
   * the request, with the cluster's words if it stays listed, and if the form was closed meanwhile.
   */
  async end(): Promise<void> {
    const { cluster } = this;
    if (cluster === null) {
      return;
    }
    this._ending = true;
    this.emit();
    try {
      if (cluster.status !== 'stopping') {
        await this._manager.stop(cluster.id);
      }
      await this._gone();
    } finally {
      this._ending = false;
      this.emit();
    }
  }

  private async _gone(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const { cluster } = this;
        if (cluster !== null && cluster.status !== 'failed' && !this.isDisposed) {
          return;
        }
        this._manager.changed.disconnect(look);
        if (cluster === null && !this.isDisposed) {
          resolve();
        } else {
          reject(new Error(cluster?.problems[0]?.message ?? ''));
        }
      };
      this._manager.changed.connect(look);
      look();
    });
  }

  private _ending = false;
}
