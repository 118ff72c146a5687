/** One of the logs of a cluster, followed while the tab is visible: only new text is requested. */

import type { IJob } from '../../api/restapi';
import { isNotFound } from '../../api/restapi';
import type { IClusterManager } from '../../clusters/tokens';
import { ClusterViewModel } from '../viewmodel';
import type { ILogBlock } from './text';
import { LogText } from './text';

/** Milliseconds between requests. */
const INTERVAL = 2000;

/** Stands for the most useful log of a job, until the jobs are read. */
const SOME_JOB = 'job';

export class LogModel extends ClusterViewModel {
  constructor(options: LogModel.IOptions) {
    super(options.manager, options.id, options.name, INTERVAL);
    this._source = options.source || 'controller';
  }

  /** "controller", "scheduler", a job id, or "job": that of the last failed job. */
  get source(): string {
    return this._source;
  }

  set source(source: string) {
    if (source === this._source) {
      return;
    }
    this._source = source;
    this._reading = null;
    this._end = null;
    this._isRead = this._isFinal = false;
    this._missing = null;
    this._text.reset();
    this.emit();
    if (this.isShown) {
      void this.refresh();
    }
  }

  override get detail(): string {
    return this._source;
  }

  override set detail(source: string) {
    if (source !== '') {
      this.source = source;
    }
  }

  /** Null while not known. Requested at first, and when the user chooses a log. */
  get jobs(): readonly IJob[] | null {
    return this._jobs;
  }

  get blocks(): readonly ILogBlock[] {
    return this._text.blocks;
  }

  /** The last line while it is incomplete. */
  get unfinished(): string {
    return this._text.unfinished;
  }

  get isEmpty(): boolean {
    return this._text.isEmpty;
  }

  /** There was a response, even if there is no such log. */
  get isRead(): boolean {
    return this._isRead;
  }

  /** Why there is no log, as the server said it; null if there is. */
  get missing(): string | null {
    return this._missing;
  }

  /** The log may still grow. */
  get isAlive(): boolean {
    return this.mayChange;
  }

  /** The whole text that has been read. */
  get text(): string {
    return this._text.toString();
  }

  async refreshJobs(background = false): Promise<void> {
    try {
      this._jobs = await this.manager.jobs(this.id, { background });
    } catch {
      // Without its controller the jobs are not known; the other logs are still there.
      this._jobs ??= [];
    }
    if (this._source === SOME_JOB) {
      this._source = jobToShow(this._jobs)?.id ?? 'controller';
    }
    this.emit();
  }

  protected override get mayChange(): boolean {
    return super.mayChange && !this._isFinal;
  }

  protected override async look(background: boolean): Promise<void> {
    // The job that fails now may be newer than the jobs that are known.
    if (this._jobs === null || this._source === SOME_JOB) {
      await this.refreshJobs(background);
    }
    // A second response from the same byte would repeat the text.
    if (this._reading === null) {
      await this._read(background);
    }
  }

  private async _read(background: boolean): Promise<void> {
    const reading = (this._reading = {});
    const isOver = this.cluster === null || this.cluster.status === 'failed';
    try {
      const after = this._end;
      const piece = await this.manager.log(this.id, this._source, { after, background });
      if (reading !== this._reading) {
        return;
      }
      this._missing = null;
      if (after !== null && piece.start === after) {
        this._text.append(piece.text);
      } else {
        this._text.reset(piece.text);
      }
      this._end = piece.end;
      this._isFinal = isOver;
    } catch (error) {
      if (reading !== this._reading) {
        return;
      }
      if (!isNotFound(error)) {
        throw error;
      }
      // It may appear later: continue as if it were there.
      this._missing = error.message;
      this._isFinal = isOver;
    } finally {
      if (reading === this._reading) {
        this._isRead = true;
        this._reading = null;
      }
    }
  }

  private _source: string;
  private _jobs: readonly IJob[] | null = null;
  private readonly _text = new LogText();
  /** The next byte of the file to read; null at first, and from an older server. */
  private _end: number | null = null;
  private _isRead = false;
  private _isFinal = false;
  private _missing: string | null = null;
  /** The request under way; another log, even the same again, makes one of its own. */
  private _reading: object | null = null;
}

/** Return the job with the most useful log: the last that failed, otherwise the first. */
function jobToShow(jobs: readonly IJob[]): IJob | undefined {
  return [...jobs].reverse().find(job => job.error !== null) ?? jobs[0];
}

export namespace LogModel {
  export interface IOptions {
    manager: IClusterManager;
    id: string;
    name: string;
    source: string;
  }
}
