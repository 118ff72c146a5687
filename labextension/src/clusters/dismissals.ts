/** The problems that the user has dismissed: remembered across reloads, and told to other tabs of the browser. */

import type { IStateDB } from '@jupyterlab/statedb';

import type { ICluster, IProblem } from '../api/restapi';
import { Observable } from '../base/observable';

const STATE_KEY = 'jupyter-dask-slurm:dismissed';

/** A problem that comes back later is a new one: `since` is part of the key. */
const keyOf = (id: string, problem: IProblem): string => `${id}:${problem.code}:${problem.since}`;

export class Dismissals extends Observable {
  /** `server` is the address of the Jupyter server: tabs of others are told nothing. */
  constructor(
    private readonly _state: IStateDB | null,
    server: string
  ) {
    super();
    this._tabs = new BroadcastChannel(`${STATE_KEY} ${server}`);
    this._tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string' && !this._keys.has(data)) {
        this._keep([...this._keys, data]);
        this.emit();
      }
    };
  }

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
    const key = keyOf(id, problem);
    this._keep([...[...this._keys].filter(other => alive.has(other)), key]);
    this._tabs.postMessage(key);
    this.emit();
  }

  protected override onDispose(): void {
    this._tabs.close();
  }

  private _keep(keys: readonly string[]): void {
    this._keys = new Set(keys);
    void this._state?.save(STATE_KEY, [...this._keys]);
  }

  private readonly _tabs: BroadcastChannel;
  private _keys = new Set<string>();
}
