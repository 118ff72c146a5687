/** The Python environments that a cluster can run in. */

import type { IEnvironment } from '../../api/restapi';
import { Observable } from '../../base/observable';
import type { IClusterManager } from '../../clusters/tokens';

export class Environments extends Observable {
  constructor(manager: IClusterManager, kernel: (() => string | null) | null) {
    super();
    this._manager = manager;
    this._kernel = kernel;
  }

  /** Null while not known, and from an older server: then Python is a text field. */
  get all(): readonly IEnvironment[] | null {
    return this._all;
  }

  /** The environment of the current notebook's kernel; null if not known. */
  get ofNotebook(): IEnvironment | null {
    const kernel = this._kernel?.() ?? null;
    return this._all?.find(environment => environment.name === kernel) ?? null;
  }

  /** Never rejects. */
  async load(): Promise<void> {
    this._all = await this._manager.environments().catch(() => null);
    this.emit();
  }

  private readonly _manager: IClusterManager;
  private readonly _kernel: (() => string | null) | null;
  private _all: readonly IEnvironment[] | null = null;
}
