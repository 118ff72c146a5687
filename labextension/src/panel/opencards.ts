/** Which cards are open: what the user opened or closed stays so, also after a reload. */

import type { IStateDB } from '@jupyterlab/statedb';

import type { ICluster } from '../api/restapi';
import { Observable } from '../base/observable';

const STATE_KEY = 'jupyter-dask-slurm:open-cards';

type Choices = Record<string, boolean>;

export class OpenCards extends Observable {
  constructor(private readonly _state: IStateDB | null) {
    super();
    this._isLoaded = _state === null;
  }

  /** Emits `changed` when it knows what was open. */
  async load(): Promise<void> {
    this._choices = choicesOf(await this._state?.fetch(STATE_KEY).catch(() => undefined));
    this._isLoaded = true;
    this.emit();
  }

  isOpen(id: string): boolean {
    return this._choices[id] ?? false;
  }

  set(id: string, open: boolean): void {
    this._choose({ [id]: open });
    void this._save();
  }

  /**
   * Decide about clusters that are here for the first time. Those that come while the panel is there are
   * new, and open; of those that it finds only the single one is.
   */
  update(clusters: readonly ICluster[], isOpenAtFirst: (cluster: ICluster) => boolean): void {
    if (!this._isLoaded) {
      return;
    }
    const isFirst = this._listed === null;
    this._listed = new Set(clusters.map(({ id }) => id));
    const unknown = clusters.filter(({ id }) => this._choices[id] === undefined);
    if (unknown.length > 0) {
      const open = !isFirst || clusters.filter(isOpenAtFirst).length === 1;
      this._choose(Object.fromEntries(unknown.map(each => [each.id, open && isOpenAtFirst(each)])));
      void this._save();
    }
  }

  private _choose(choices: Choices): void {
    this._choices = { ...this._choices, ...choices };
    this._own = { ...this._own, ...choices };
    this.emit();
  }

  /** Save what was chosen here beside what was chosen in other tabs, for the clusters that there are. */
  private async _save(): Promise<void> {
    const saved = choicesOf(await this._state?.fetch(STATE_KEY).catch(() => undefined));
    const listed = this._listed;
    const kept = Object.entries(saved).filter(([id]) => listed === null || listed.has(id));
    const choices = { ...Object.fromEntries(kept), ...this._own };
    await this._state?.save(STATE_KEY, choices).catch(() => undefined);
  }

  private _isLoaded: boolean;
  private _choices: Choices = {};
  /** What was chosen in this tab. */
  private _own: Choices = {};
  /** The clusters of the last list; null before the first. */
  private _listed: Set<string> | null = null;
}

function choicesOf(saved: unknown): Choices {
  const entries = typeof saved === 'object' && saved !== null ? Object.entries(saved) : [];
  return Object.fromEntries(entries.filter(entry => typeof entry[1] === 'boolean'));
}
