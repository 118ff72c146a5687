/** The jobs of one cluster: requested while the tab is visible, sorted and filtered. */

import { errorWords } from '../../api/errorwords';
import type { IJob } from '../../api/restapi';
import { keepUnchanged } from '../../base/unchanged';
import type { IClusterManager } from '../../clusters/tokens';
import type { JobKind } from '../../clusters/words/jobs';
import { JOB_KINDS, kindOf } from '../../clusters/words/jobs';
import { ClusterViewModel } from '../viewmodel';
import type { ISorting } from './columns';
import { sorted } from './columns';

/** Milliseconds between requests; more for many jobs, whose response is large. */
const INTERVAL = 5000;
const INTERVAL_PER_JOB = 4;

export class JobsModel extends ClusterViewModel {
  constructor(options: JobsModel.IOptions) {
    super(options.manager, options.id, options.name, INTERVAL);
  }

  /** All jobs, in the server's order; null before the first response. */
  get jobs(): readonly IJob[] | null {
    return this._jobs;
  }

  /** The filtered and sorted jobs, ended ones last. The same array while nothing has changed. */
  get rows(): readonly IJob[] {
    if (this._rows === null) {
      const jobs = this._matching();
      this._rows = [
        ...sorted(jobs.filter(isLive), this._sorting),
        ...sorted(
          jobs.filter(job => !isLive(job)),
          this._sorting
        )
      ];
    }
    return this._rows;
  }

  /** The jobs that have ended well and can be folded away: none while they are searched, or are all. */
  get foldable(): number {
    const ended = this._counts.get('ended') ?? 0;
    return this._isFiltered || ended === this._jobs?.length ? 0 : ended;
  }

  /** Whether these are among the rows. */
  get showsEnded(): boolean {
    return this._showsEnded;
  }

  set showsEnded(shows: boolean) {
    this._showsEnded = shows;
    this._arrange();
  }

  /** The number of jobs of each kind, filtered or not. */
  get counts(): ReadonlyMap<JobKind, number> {
    return this._counts;
  }

  get sorting(): ISorting {
    return this._sorting;
  }

  set sorting(sorting: ISorting) {
    this._sorting = sorting;
    this._arrange();
  }

  /** The text to search for in all columns. */
  get text(): string {
    return this._text;
  }

  set text(text: string) {
    this._text = text;
    this._arrange();
  }

  /** The kinds to show; empty is all. */
  get kinds(): ReadonlySet<JobKind> {
    return this._kinds;
  }

  toggle(kind: JobKind): void {
    const kinds = new Set(this._kinds);
    if (!kinds.delete(kind)) {
      kinds.add(kind);
    }
    this._kinds = kinds;
    this._arrange();
  }

  showAll(): void {
    this._kinds = new Set();
    this._text = '';
    this._arrange();
  }

  /** Why the last action on a job failed; null if it did not. */
  get refusal(): string | null {
    return this._refusal;
  }

  isReplacing(job: IJob): boolean {
    return this._replacing.has(job.id);
  }

  /** Replace a job by a new one. */
  async replace(job: IJob): Promise<void> {
    if (this._replacing.has(job.id)) {
      return;
    }
    this._replacing.add(job.id);
    this._refusal = null;
    this.emit();
    try {
      await this.manager.replaceJob(this.id, job.id);
    } catch (error) {
      this._refusal = errorWords(error);
    } finally {
      this._replacing.delete(job.id);
      this.emit();
    }
  }

  protected override async look(background: boolean): Promise<void> {
    const round = ++this._round;
    const found = await this.manager.jobs(this.id, { background });
    if (round < this._answered) {
      return; // A later request was answered first.
    }
    this._answered = round;
    this._take(keepUnchanged(this._jobs ?? [], found, isSameJob));
    this.interval = Math.max(INTERVAL, INTERVAL_PER_JOB * found.length);
  }

  private _take(jobs: readonly IJob[]): void {
    if (jobs === this._jobs) {
      return;
    }
    this._jobs = jobs;
    this._rows = null;
    this._counts = new Map(JOB_KINDS.map(kind => [kind, 0]));
    for (const job of jobs) {
      const kind = kindOf(job);
      this._counts.set(kind, (this._counts.get(kind) ?? 0) + 1);
    }
  }

  private _matching(): readonly IJob[] {
    const jobs = this._jobs ?? [];
    if (!this._isFiltered) {
      const folds = this.foldable > 0 && !this._showsEnded;
      return folds ? jobs.filter(job => kindOf(job) !== 'ended') : jobs;
    }
    const words = this._words;
    return jobs.filter(
      job =>
        (this._kinds.size === 0 || this._kinds.has(kindOf(job))) &&
        words.every(word => this._textOf(job).includes(word))
    );
  }

  private get _words(): string[] {
    return this._text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  private get _isFiltered(): boolean {
    return this._kinds.size > 0 || this._words.length > 0;
  }

  /** Return the searchable text of a job. Jobs are immutable, so it is cached. */
  private _textOf(job: IJob): string {
    let text = this._texts.get(job);
    if (text === undefined) {
      const { id, state, stage, reason, explanation, node, exit_code, error } = job;
      text = [id, state, stage, kindOf(job), reason, explanation, node, exit_code, error]
        .filter(Boolean)
        .join('\n')
        .toLowerCase();
      this._texts.set(job, text);
    }
    return text;
  }

  private _arrange(): void {
    this._rows = null;
    this.emit();
  }

  private _jobs: readonly IJob[] | null = null;
  private _rows: readonly IJob[] | null = null;
  private _counts = new Map<JobKind, number>();
  private readonly _texts = new WeakMap<IJob, string>();
  private _sorting: ISorting = { column: 'id', descending: false };
  private _text = '';
  private _showsEnded = false;
  private _kinds: ReadonlySet<JobKind> = new Set();
  private _refusal: string | null = null;
  private readonly _replacing = new Set<string>();
  private _round = 0;
  private _answered = 0;
}

const isLive = (job: IJob): boolean => job.stage !== 'ended';

/** Compare two jobs, which have only primitive values. */
export function isSameJob(one: IJob, other: IJob): boolean {
  const names = Object.keys(other) as (keyof IJob)[];
  return names.length === Object.keys(one).length && names.every(name => one[name] === other[name]);
}

export namespace JobsModel {
  export interface IOptions {
    manager: IClusterManager;
    id: string;
    name: string;
  }
}
