import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Daemon, freePort, processesWith, type IProcess } from './processes';
import { python, Slurm } from './slurm';

export type BatchSystem = 'slurm' | 'local';

/** What every job binds to, and what the New cluster form begins with. */
const DASK_CONFIG = `
jobqueue:
  slurm:
    interface: lo
    scheduler-options:
      interface: lo
`;

/** What serves the pages, and below which path: a Hub has one per user. */
export interface IServed {
  application: 'jupyterlab' | 'notebook';
  baseUrl: string;
}

const MARK = 'JDS_UI_LAB';

/** JupyterLab with the extension, for a user of its own: an empty home directory, a token. */
export class Jupyter {
  /** `lab` are options of the Slurm beneath: GPUs, accounts. */
  static async start(
    batchSystem: BatchSystem,
    logs: string,
    lab: readonly string[] = [],
    served: IServed = { application: 'jupyterlab', baseUrl: '/' }
  ): Promise<Jupyter> {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'jds-ui-'));
    const jupyter = new Jupyter(home, batchSystem, logs, lab, served);
    try {
      await jupyter._start();
    } catch (error) {
      await jupyter.stop();
      throw error;
    }
    return jupyter;
  }

  get url(): string {
    return `http://127.0.0.1:${this._port}${this._served.baseUrl}`.replace(/\/$/, '');
  }

  readonly token = crypto.randomUUID();

  get headers(): { [name: string]: string } {
    return { Authorization: `token ${this.token}` };
  }

  /** The Slurm beneath; fails where there is none. */
  get slurm(): Slurm {
    if (this._slurm === null) {
      throw new Error('There is no Slurm beneath the embedded queue.');
    }
    return this._slurm;
  }

  /** The registry: one directory per cluster. */
  get stateDirectory(): string {
    return path.join(this.home, '.local/share/jupyter/dask-slurm');
  }

  /** Where the notebooks are kept. */
  get notebooks(): string {
    return path.join(this.home, 'notebooks');
  }

  /** What there is of clusters: directories with their keys, processes, jobs in the queue. */
  async traces(): Promise<string[]> {
    const entries = fs.existsSync(this.stateDirectory)
      ? fs.readdirSync(this.stateDirectory, { withFileTypes: true })
      : [];
    // Beside them lies what is kept of the user's, such as profiles.
    const directories = entries
      .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(entry => entry.name);
    const processes = processesWith(this.stateDirectory, 'cmdline');
    const jobs = this._slurm === null ? [] : await this._slurm.jobs();
    return [
      ...directories.map(name => `directory ${name}`),
      ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
      ...jobs.map(name => `job ${name}`)
    ];
  }

  /** Stop the server and start it anew, as a user's would after an update. */
  async restart(): Promise<void> {
    await this._server?.stop();
    await this._startServer();
  }

  /** Kill the server without a warning and start it anew. */
  async crash(): Promise<void> {
    await this._server?.stop('SIGKILL');
    await this._startServer();
  }

  /** Kill the controllers of all clusters without a warning. */
  killControllers(): void {
    const controllers = processesWith(`${MARK}=${this.home}`, 'environ').filter(({ command }) =>
      / -m jupyter_dask_slurm\.controller( |$)/.test(command)
    );
    if (controllers.length === 0) {
      throw new Error('There is no controller to kill.');
    }
    controllers.forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
  }

  /** End everything. Throws when a cluster, or any process of it, was still there. */
  async stop(): Promise<void> {
    const traces = await this.traces();
    await this._server?.stop();
    const left = await this._remaining();
    for (const { pid } of left) {
      process.kill(pid, 'SIGKILL');
    }
    await this._slurm?.stop();
    fs.rmSync(this.home, { recursive: true, force: true });
    traces.push(...left.map(({ pid, command }) => `process ${pid}: ${command}`));
    if (traces.length > 0) {
      throw new Error(`Left behind:\n${traces.join('\n')}`);
    }
  }

  private constructor(
    readonly home: string,
    readonly batchSystem: BatchSystem,
    private readonly _logs: string,
    private readonly _lab: readonly string[],
    private readonly _served: IServed
  ) {
    fs.mkdirSync(this.notebooks);
    fs.mkdirSync(path.join(home, 'dask'));
    fs.writeFileSync(path.join(home, 'dask', 'jobqueue.yaml'), DASK_CONFIG);
  }

  private async _start(): Promise<void> {
    if (this.batchSystem === 'slurm') {
      const env = { ...process.env, HOME: this.home };
      this._slurm = await Slurm.start(env, this._log('slurm'), this._lab);
    }
    await this._startServer();
  }

  private async _startServer(): Promise<void> {
    this._port ||= await freePort();
    const config = path.join(import.meta.dirname, '../server/jupyter_server_config.py');
    const env = {
      ...process.env,
      HOME: this.home,
      DASK_CONFIG: path.join(this.home, 'dask'),
      JDS_UI_PORT: String(this._port),
      JDS_UI_TOKEN: this.token,
      JDS_UI_NOTEBOOKS: this.notebooks,
      JDS_UI_BATCH_SYSTEM: this.batchSystem,
      [MARK]: this.home,
      ...(this._slurm && { SLURM_CONF: this._slurm.conf })
    };
    const { application, baseUrl } = this._served;
    const argv = [python, '-m', application, '--config', config];
    argv.push(`--ServerApp.base_url=${baseUrl}`);
    this._starts += 1;
    const log = this._log(`jupyter-${this._starts}`);
    this._server = new Daemon('JupyterLab', argv, { cwd: this.notebooks, env, log });
    await this._server.line(line => line.includes('is running at'));
  }

  private _log(name: string): string {
    fs.mkdirSync(this._logs, { recursive: true });
    return path.join(this._logs, `${this.batchSystem}-${name}.log`);
  }

  /** Processes that the server, or what it started, left; each has some seconds to go by itself. */
  private async _remaining(): Promise<IProcess[]> {
    for (let left = 50; left > 0; left--) {
      if (processesWith(`${MARK}=${this.home}`, 'environ').length === 0) {
        return [];
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    return processesWith(`${MARK}=${this.home}`, 'environ');
  }

  private _port = 0;
  private _starts = 0;
  private _server: Daemon | null = null;
  private _slurm: Slurm | null = null;
}
