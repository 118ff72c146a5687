/** The state of the panel: open cards, the slider of each cluster, the name being edited, orphaned jobs. */

import type { IStateDB } from '@jupyterlab/statedb';

import type { ICluster } from '../api/restapi';
import { Observable } from '../base/observable';
import type { IClusterManager } from '../clusters/tokens';
import { hasEnded } from '../clusters/words/problems';
import { isElsewhere } from './card/elsewhere';
import { Histories } from './card/history';
import { OpenCards } from './opencards';
import { OrphansModel } from './orphansmodel';
import { ScaleModel } from './size/model';

/** The maximum number of jobs if the server has no limit. */
const MAXIMUM = 10_000;

export class PanelModel extends Observable {
  /** `state` is where it is remembered which cards are open. */
  constructor(
    private readonly _manager: IClusterManager,
    state: IStateDB | null = null
  ) {
    super();
    this.openCards = new OpenCards(state);
    if (state !== null) {
      void this.openCards.load().then(() => this._update());
    }
    this.orphans = new OrphansModel(this._manager);
    this._manager.changed.connect(this._update, this);
    this._update();
  }

  /** Which cards are open. */
  readonly openCards: OpenCards;

  /** What the workers did in the last minutes. */
  readonly histories = new Histories();

  /** Jobs that belong to no living cluster. */
  readonly orphans: OrphansModel;

  /** The id of the cluster whose name is being edited, or null. */
  get renaming(): string | null {
    return this._renaming;
  }

  set renaming(id: string | null) {
    this._renaming = id;
    this.emit();
  }

  /** The id of the cluster to scroll to, once; or null. */
  get revealing(): string | null {
    return this._revealing;
  }

  set revealing(id: string | null) {
    this._revealing = id;
    if (id !== null) {
      this.openCards.set(id, true);
      this.emit();
    }
  }

  /** Return the model of a cluster's slider. It lives as long as the cluster is listed. */
  scaleOf(id: string): ScaleModel {
    let model = this._scales.get(id);
    if (model === undefined) {
      model = new ScaleModel({ send: scaling => this._manager.scale(id, scaling) });
      this._scales.set(id, model);
      this._updateOne(id, model);
    }
    return model;
  }

  protected override onDispose(): void {
    this._manager.changed.disconnect(this._update, this);
    this._scales.forEach(model => model.dispose());
    this._scales.clear();
    this.orphans.dispose();
    this.openCards.dispose();
  }

  private _update(): void {
    const isBack = this._wasServerGone && !this._manager.isServerGone;
    this._wasServerGone = this._manager.isServerGone;
    if (this._manager.connection === 'ok') {
      this.histories.update(this._manager.clusters, Date.now());
      this.openCards.update(this._manager.clusters, isOpenAtFirst);
    }
    for (const [id, model] of this._scales) {
      if (this._manager.find(id) === undefined && this._manager.connection === 'ok') {
        model.dispose();
        this._scales.delete(id);
      } else {
        this._updateOne(id, model);
        if (isBack) {
          model.resend();
        }
      }
    }
  }

  private _updateOne(id: string, model: ScaleModel): void {
    const cluster = this._manager.find(id);
    if (cluster !== undefined) {
      model.update(cluster, this._manager.site?.limits?.max_jobs ?? MAXIMUM);
    }
  }

  private readonly _scales = new Map<string, ScaleModel>();
  private _wasServerGone = false;
  private _renaming: string | null = null;
  private _revealing: string | null = null;
}

/** One that has ended is folded away, and one of another host is somebody's who sits there. */
function isOpenAtFirst(cluster: ICluster): boolean {
  return !hasEnded(cluster) && !isElsewhere(cluster);
}
