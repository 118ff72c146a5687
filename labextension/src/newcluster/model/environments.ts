/** The Python environments that a cluster can run in. */

import type { IEnvironment } from '../../api/restapi';
import { Observable } from '../../base/observable';
import type { NotebookKernel } from '../../clusters/kernel';
import type { IClusterManager } from '../../clusters/tokens';

export class Environments extends Observable {
  constructor(
    private readonly _manager: IClusterManager,
    private readonly _kernel: NotebookKernel
  ) {
    super();
    _kernel.changed.connect(this.emit, this);
  }

  /** Null while not known, and from an older server: then Python is a text field. */
  get all(): readonly IEnvironment[] | null {
    const own = this.ofNotebook;
    if (this._listed === null || own === null) {
      return this._listed;
    }
    const isListed = this._listed.some(({ python }) => python === own.python);
    return isListed ? this._listed : [...this._listed, own];
  }

  /**
   * The environment of the current notebook's kernel; null if not known.
   *
   * The kernel says it best, however it was started. In a container, the command of its kernelspec
   * is better: it may have options. Without an answer there is the kernelspec alone.
   */
  get ofNotebook(): IEnvironment | null {
    const { name, displayName, facts } = this._kernel;
    const listed = this._listed?.find(environment => environment.name === name) ?? null;
    if (name === null || !facts?.executable) {
      return listed;
    }
    const isInContainer = facts.python !== facts.executable;
    const python = isInContainer && listed !== null ? listed.python : facts.python;
    return (
      this._listed?.find(environment => environment.python === python) ?? {
        name,
        display_name: displayName || name,
        python
      }
    );
  }

  /** The working directory of the current notebook; empty if not known. */
  get directory(): string {
    return this._kernel.directory;
  }

  /** Never rejects. */
  async load(): Promise<void> {
    this._listed = await this._manager.environments().catch(() => null);
    this.emit();
  }

  private _listed: readonly IEnvironment[] | null = null;
}
