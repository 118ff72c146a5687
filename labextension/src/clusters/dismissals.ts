/** The problems that the user has dismissed, remembered across reloads. */

import type { IStateDB } from '@jupyterlab/statedb';

import type { ICluster, IProblem } from '../api/restapi';

const STATE_KEY = 'jupyter-dask-slurm:dismissed';

/** A problem that comes back later is a new one: `since` is part of the key. */
const keyOf = (id: string, problem: IProblem): string => `${id}:${problem.code}:${problem.since}`;

export class Dismissals {
  constructor(private readonly _state: IStateDB | null) {}

  async load(): Promise<void> {
    const saved = await this._state?.fetch(STATE_KEY).catch(() => undefined);
    if (Array.isArray(saved)) {
      this._keys = new Set(saved.filter((key): key is string => typeof key === 'string'));
    }
  }

  has(id: string, problem: IProblem): boolean {
    return this._keys.has(keyOf(id, problem));
  }

  /** Dismiss a problem, and drop dismissals that apply to none of `clusters` any more. */
  add(id: string, problem: IProblem, clusters: readonly ICluster[]): void {
    const alive = new Set(clusters.flatMap(c => c.problems.map(p => keyOf(c.id, p))));
    this._keys = new Set([...this._keys].filter(key => alive.has(key)));
    this._keys.add(keyOf(id, problem));
    void this._state?.save(STATE_KEY, [...this._keys]);
  }

  private _keys = new Set<string>();
}
