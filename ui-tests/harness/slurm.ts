import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { Daemon } from './processes';

const run = promisify(execFile);

/** The repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** A Python with this project and its test dependencies. */
export const python = process.env.JDS_PYTHON ?? 'python3';

/** A real Slurm of two nodes, brought up by the same script as for the Python tests. */
export class Slurm {
  static async start(
    env: NodeJS.ProcessEnv,
    log: string,
    options: readonly string[] = []
  ): Promise<Slurm> {
    const argv = [python, '-m', 'tests.slurm.lab', '--nodes', '2', ...options];
    const daemon = new Daemon('Slurm', argv, { cwd: root, env, log });
    const line = await daemon.line(text => text.startsWith('{"SLURM_CONF"'));
    return new Slurm(daemon, (JSON.parse(line) as { SLURM_CONF: string }).SLURM_CONF);
  }

  /** The output of one of Slurm's commands. */
  async command(name: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, SLURM_CONF: this.conf };
    return (await run(name, args, { env })).stdout.trim();
  }

  /** Names of the jobs in the queue, one per job. */
  async jobs(): Promise<string[]> {
    const text = await this.command('squeue', '-h', '-r', '-o', '%j');
    return text === '' ? [] : text.split('\n');
  }

  /** Send a signal to slurmctld: STOP makes it silent, CONT lets it answer again. */
  async signal(name: 'STOP' | 'CONT'): Promise<void> {
    const answer = this._daemon.line(line => line === 'ok' || line.startsWith('error'));
    this._daemon.write(`signal slurmctld ${name}\n`);
    if ((await answer) !== 'ok') {
      throw new Error(await answer);
    }
  }

  stop(): Promise<void> {
    return this._daemon.stop();
  }

  private constructor(
    private readonly _daemon: Daemon,
    readonly conf: string
  ) {}
}
