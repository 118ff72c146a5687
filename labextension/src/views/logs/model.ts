/** One of the logs of a cluster, followed while it is seen: only what is new is asked for. */

import type { IJob } from '../../api/restapi';
import { isNotFound } from '../../api/restapi';
import type { IClusterManager } from '../../clusters/tokens';
import { ClusterViewModel } from '../viewmodel';
import type { ILogBlock } from './text';
import { LogText } from './text';

/** Milliseconds between looks. */
const INTERVAL = 2000;

/** Stands for the job whose log tells most, until the jobs are known. */
const SOME_JOB = 'job';

export class LogModel extends ClusterViewModel {
  constructor(options: LogModel.IOptions) {
    super(options.manager, options.id, options.name, INTERVAL);
    this._source = options.source || 'controller';
  }

  /** "controller", "scheduler", the id of a job, or "job": that of the last one that failed. */
  get source(): string {
    return this._source;
  }

  set source(source: string) {
    if (source === this._source) {
      return;
    }
    this._source = source;
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

  /** Null before they are known. Asked for with the first look, and when one is to be chosen. */
  get jobs(): readonly IJob[] | null {
    return this._jobs;
  }

  get blocks(): readonly ILogBlock[] {
    return this._text.blocks;
  }

  /** The last line while it is not written to its end. */
  get unfinished(): string {
    return this._text.unfinished;
  }

  get isEmpty(): boolean {
    return this._text.isEmpty;
  }

  /** There was an answer, and be it that there is no such log. */
  get isRead(): boolean {
    return this._isRead;
  }

  /** Why there is no log, in the server's words; null when there is. */
  get missing(): string | null {
    return this._missing;
  }

  /** More of it may come. */
  get isAlive(): boolean {
    return this.mayChange;
  }

  /** The whole text, as far as it is here. */
  get text(): string {
    return this._text.toString();
  }

  async refreshJobs(background = false): Promise<void> {
    try {
      this._jobs = await this.manager.jobs(this.id, { background });
    } catch {
      // Without its controller nobody knows the jobs; the other logs are still there.
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
    if (this._jobs === null) {
      await this.refreshJobs(background);
    }
    // A second answer from the same byte on would stand there twice.
    if (this._reading !== this._source) {
      await this._read(background);
    }
  }

  private async _read(background: boolean): Promise<void> {
    const source = (this._reading = this._source);
    const isOver = this.cluster === null || this.cluster.status === 'failed';
    try {
      const after = this._end;
      const piece = await this.manager.log(this.id, source, { after, background });
      if (source !== this._source) {
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
      if (source !== this._source) {
        return;
      }
      if (!isNotFound(error)) {
        throw error;
      }
      // It may still come, and is looked for as often as if it were there.
      this._missing = error.message;
      this._isFinal = isOver;
    } finally {
      this._isRead ||= source === this._source;
      if (this._reading === source) {
        this._reading = null;
      }
    }
  }

  private _source: string;
  private _jobs: readonly IJob[] | null = null;
  private readonly _text = new LogText();
  /** The byte of the file before which the text ends; null before there is one, and of an older server. */
  private _end: number | null = null;
  private _isRead = false;
  private _isFinal = false;
  private _missing: string | null = null;
  /** The source that is being read. */
  private _reading: string | null = null;
}

/** The job whose log tells most: the last that failed, or else the first. */
export function jobToShow(jobs: readonly IJob[]): IJob | undefined {
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
