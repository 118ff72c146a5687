/** The ends that the user was told of, remembered across reloads. */

import type { IStateDB } from '@jupyterlab/statedb';

import type { IEnding } from './news';

const STATE_KEY = 'jupyter-dask-slurm:told';

/** An end that moves by less is the same one: it is computed anew each time; milliseconds. */
const SAME = 60_000;

const keyOf = (id: string, { what }: IEnding): string => `${id}:${what}`;

export class ToldEndings {
  constructor(private readonly _state: IStateDB | null) {}

  async load(): Promise<void> {
    const saved = await this._state?.fetch(STATE_KEY).catch(() => undefined);
    if (typeof saved === 'object' && saved !== null && !Array.isArray(saved)) {
      for (const [key, at] of Object.entries(saved)) {
        if (typeof at === 'string') {
          this._told.set(key, at);
        }
      }
    }
  }

  has(id: string, ending: IEnding): boolean {
    const told = this._told.get(keyOf(id, ending));
    return told !== undefined && Math.abs(Date.parse(told) - Date.parse(ending.at)) < SAME;
  }

  /** Those of the clusters that are `alive` are kept only, or the list would grow for ever. */
  add(id: string, ending: IEnding, alive: ReadonlySet<string>): void {
    for (const key of this._told.keys()) {
      if (!alive.has(key.slice(0, key.lastIndexOf(':')))) {
        this._told.delete(key);
      }
    }
    this._told.set(keyOf(id, ending), ending.at);
    void this._state?.save(STATE_KEY, Object.fromEntries(this._told));
  }

  private readonly _told = new Map<string, string>();
}
