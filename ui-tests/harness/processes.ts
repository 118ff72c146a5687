import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import readline from 'node:readline';

/** Milliseconds. A bound against waiting for ever, not a measure of speed. */
export const PATIENCE = 180_000;

/** A child process whose output is kept in a file and whose lines can be waited for. */
export class Daemon {
  constructor(
    readonly name: string,
    argv: string[],
    options: { cwd: string; env: NodeJS.ProcessEnv; log: string }
  ) {
    this._log = options.log;
    const log = fs.createWriteStream(options.log);
    this._process = spawn(argv[0], argv.slice(1), {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe']
    });
    this._ended = new Promise(resolve => this._process.once('close', () => resolve()));
    for (const stream of [this._process.stdout!, this._process.stderr!]) {
      stream.pipe(log, { end: false });
      readline.createInterface(stream).on('line', line => {
        this._listeners = this._listeners.filter(listener => !listener(line));
      });
    }
  }

  get pid(): number {
    return this._process.pid!;
  }

  /** The first line that answers true; rejects when the process ends before, or never says it. */
  line(wanted: (line: string) => boolean): Promise<string> {
    const found = new Promise<string>(resolve => {
      this._listeners.push(line => {
        if (wanted(line)) {
          resolve(line);
          return true;
        }
        return false;
      });
    });
    return Promise.race([found, this._failed(PATIENCE)]);
  }

  write(text: string): void {
    this._process.stdin!.write(text);
  }

  /** End it: by closing its standard input, and by SIGTERM. Resolves when it is gone. */
  async stop(signal: NodeJS.Signals | null = 'SIGTERM'): Promise<void> {
    this._process.stdin!.end();
    if (signal) {
      this._process.kill(signal);
    }
    const killer = setTimeout(() => this._process.kill('SIGKILL'), 30_000);
    await this._ended;
    clearTimeout(killer);
  }

  private async _failed(limit: number): Promise<never> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => (timer = setTimeout(resolve, limit)));
    await Promise.race([this._ended, late]);
    clearTimeout(timer);
    const log = fs.readFileSync(this._log, 'utf8');
    throw new Error(`${this.name} did not start:\n${log.slice(-4000)}`);
  }

  private readonly _process: ChildProcess;
  private readonly _ended: Promise<void>;
  private readonly _log: string;
  private _listeners: ((line: string) => boolean)[] = [];
}

/** A port of loopback that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export interface IProcess {
  pid: number;
  command: string;
}

/** The live processes for which the environment, or else the command line, holds that text. */
export function processesWith(text: string, where: 'environ' | 'cmdline'): IProcess[] {
  const found: IProcess[] = [];
  for (const entry of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) {
      continue;
    }
    try {
      if (fs.readFileSync(`/proc/${entry}/${where}`, 'utf8').includes(text)) {
        const command = fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
        found.push({ pid: Number(entry), command });
      }
    } catch {
      // It has ended meanwhile, or is somebody else's.
    }
  }
  return found;
}
