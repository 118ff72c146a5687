/** The site that the form is about: of several Slurm clusters, the chosen one. */

import type { ISite } from '../../api/restapi';
import { Observable } from '../../base/observable';
import type { IClusterManager } from '../../clusters/tokens';

export class ChosenSite extends Observable {
  constructor(manager: IClusterManager) {
    super();
    this._manager = manager;
    manager.changed.connect(this._onManager, this);
  }

  /** Until the chosen one has answered, that of before. */
  get site(): ISite | null {
    return this._other ?? this._manager.site;
  }

  /** Make it about that Slurm cluster, or with an empty text about the default. Never rejects. */
  async choose(slurmCluster: string): Promise<void> {
    this._chosen = slurmCluster.trim();
    const own = this._manager.site;
    this._seen = own;
    const meant = this._chosen;
    const other =
      meant === '' || meant === own?.slurm_cluster
        ? null
        : await this._manager.siteOf(meant).catch(() => own && unknown(own));
    if (meant === this._chosen) {
      this._other = other;
      this.emit();
    }
  }

  protected override onDispose(): void {
    this._manager.changed.disconnect(this._onManager, this);
  }

  /** Idle cores change: ask for the other whenever the site was read again. */
  private _onManager(): void {
    if (this._chosen !== '' && this._manager.site !== this._seen) {
      void this.choose(this._chosen);
    }
  }

  private readonly _manager: IClusterManager;
  private _chosen = '';
  private _other: ISite | null = null;
  private _seen: ISite | null = null;
}

/** What is left of a site when nothing is known of its Slurm. */
function unknown(site: ISite): ISite {
  return { ...site, cluster: null, partitions: [], accounts: [], default_account: null, qos: [] };
}
