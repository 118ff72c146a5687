/** The ends that the user was notified of, remembered across reloads. */

import type { IStateDB } from '@jupyterlab/statedb';

import type { IEnding } from './news';

const STATE_KEY = 'jupyter-dask-slurm:told';

/** An end that moves by less is the same: it is computed anew each time; milliseconds. */
const SAME = 60_000;

const keyOf = (id: string, { what }: IEnding): string => `${id}:${what}`;

export class NotifiedEndings {
  constructor(private readonly _state: IStateDB | null) {}

  async load(): Promise<void> {
    const saved = await this._state?.fetch(STATE_KEY).catch(() => undefined);
    if (typeof saved === 'object' && saved !== null && !Array.isArray(saved)) {
      for (const [key, at] of Object.entries(saved)) {
        if (typeof at === 'string') {
          this._notified.set(key, at);
        }
      }
    }
  }

  has(id: string, ending: IEnding): boolean {
    const notified = this._notified.get(keyOf(id, ending));
    return notified !== undefined && Math.abs(Date.parse(notified) - Date.parse(ending.at)) < SAME;
  }

  /** Remember an end, and drop those of clusters that are not `alive` any more. */
  add(id: string, ending: IEnding, alive: ReadonlySet<string>): void {
    for (const key of this._notified.keys()) {
      if (!alive.has(key.slice(0, key.lastIndexOf(':')))) {
        this._notified.delete(key);
      }
    }
    this._notified.set(keyOf(id, ending), ending.at);
    void this._state?.save(STATE_KEY, Object.fromEntries(this._notified));
  }

  private readonly _notified = new Map<string, string>();
}
