/** What is known of the plots of each cluster. Asked for once, and again when it may be different. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { Observable } from '../base/observable';
import type { IClusterManager } from '../clusters/tokens';
import type { IPlot } from './plots';
import { readPlots, useful } from './plots';

interface IKnown {
  /** The scheduler whose plots these are. */
  scheduler: string | null;
  plots: readonly IPlot[];
}

export class PlotsModel extends Observable {
  constructor(
    private readonly _manager: IClusterManager,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this._manager.changed.connect(this._forgetOld, this);
  }

  /** Those of use on that cluster, the most useful first; null while they are not known. */
  of(id: string): readonly IPlot[] | null {
    const known = this._known.get(id);
    const cluster = this._manager.find(id);
    return known === undefined || cluster === undefined ? null : useful(known.plots, cluster);
  }

  /** The plot of that name, also one that is of no use here: whoever has it open keeps it. */
  find(id: string, plot: string): IPlot | undefined {
    return this._known.get(id)?.plots.find(other => other.id === plot);
  }

  /** The same as `of`, after asking where need be. Rejects in the dashboard's or the server's words. */
  async load(id: string): Promise<readonly IPlot[]> {
    if (!this._known.has(id)) {
      await this.ask(id);
    }
    return this.of(id) ?? [];
  }

  /** Ask a cluster's dashboard now: whether it answers, and with which plots. */
  ask(id: string): Promise<void> {
    let asking = this._asking.get(id);
    if (asking === undefined) {
      asking = this._ask(id).finally(() => this._asking.delete(id));
      this._asking.set(id, asking);
    }
    return asking;
  }

  protected override onDispose(): void {
    this._manager.changed.disconnect(this._forgetOld, this);
    this._known.clear();
  }

  private async _ask(id: string): Promise<void> {
    const scheduler = this._manager.find(id)?.scheduler_address ?? null;
    const index = await this._manager.plots(id, { background: true });
    this._known.set(id, { scheduler, plots: readPlots(index, this._trans) });
    this.emit();
  }

  /** A scheduler that is another one may be of another version of dask. */
  private _forgetOld(): void {
    if (this._manager.connection !== 'ok') {
      return;
    }
    for (const [id, { scheduler }] of this._known) {
      if (this._manager.find(id)?.scheduler_address !== scheduler) {
        this._known.delete(id);
      }
    }
  }

  private readonly _known = new Map<string, IKnown>();
  private readonly _asking = new Map<string, Promise<void>>();
}
