/** The known plots of each cluster, requested once per scheduler. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { Observable } from '../base/observable';
import type { IClusterManager } from '../clusters/tokens';
import type { IPlot } from './plots';
import { readPlots, useful } from './plots';

interface IKnown {
  /** The scheduler that has these plots. */
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

  /** Return the useful plots of a cluster, the most useful first; null while not known. */
  of(id: string): readonly IPlot[] | null {
    const known = this._known.get(id);
    const cluster = this._manager.find(id);
    return known === undefined || cluster === undefined ? null : useful(known.plots, cluster);
  }

  /** Find a plot by its id, also one that is not useful here: an open pane keeps it. */
  find(id: string, plot: string): IPlot | undefined {
    return this._known.get(id)?.plots.find(other => other.id === plot);
  }

  /** Return the same as `of`, and request it if needed. Rejects with the dashboard's or the server's error. */
  async load(id: string): Promise<readonly IPlot[]> {
    if (!this._known.has(id)) {
      await this.ask(id);
    }
    return this.of(id) ?? [];
  }

  /** Request the plots of a dashboard now, to see whether it answers. */
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

  /** Forget the plots of replaced schedulers, which may run another version of dask. */
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
