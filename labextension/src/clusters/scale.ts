/** The size of a cluster in jobs, cores and memory, and their conversion to whole jobs. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAdapt, IOptions, IScaling } from '../api/restapi';
import {
  coresText,
  formatBytes,
  formatList,
  formatNumber,
  isBinarySize,
  jobsText,
  parseBytes,
  parseWholeNumber,
  workersText
} from './words/format';

export type Unit = 'jobs' | 'cores' | 'memory';

const UNITS: readonly Unit[] = ['jobs', 'cores', 'memory'];

/** The size of one job; memory in bytes, 0 if not known yet. */
export interface IJobSize {
  cores: number;
  memory: number;
  workers: number;
}

/** An amount of cores, jobs, or bytes. */
export interface IAmount {
  unit: Unit;
  amount: number;
}

/** A range of numbers of jobs for an adapting cluster. */
export interface IRange {
  adapt: IAdapt;
}

export type Wanted = IAmount | IRange;

export function isRange(wanted: Wanted): wanted is IRange {
  return 'adapt' in wanted;
}

export function jobSize(options: IOptions): IJobSize {
  return {
    cores: Math.max(0, Number(options.cores) || 0),
    memory: Math.max(0, Number(options.memory) || 0),
    workers: Math.max(1, Number(options.processes) || 1)
  };
}

function perJob(unit: Unit, job: IJobSize): number {
  return unit === 'jobs' ? 1 : (unit === 'cores' ? job.cores : job.memory) || 1;
}

/** Return the units whose size per job is known. */
export function unitsOf(job: IJobSize): Unit[] {
  return UNITS.filter(unit => unit === 'jobs' || (unit === 'cores' ? job.cores : job.memory) > 0);
}

/** Return how many whole jobs hold this much: rounded up, as in dask-jobqueue. */
export function toJobs({ unit, amount }: IAmount, job: IJobSize): number {
  return Math.ceil(amount / perJob(unit, job));
}

/** Return what that many jobs hold, in that unit. */
export function fromJobs(jobs: number, unit: Unit, job: IJobSize): IAmount {
  return { unit, amount: jobs * perJob(unit, job) };
}

export function toScaling(wanted: Wanted): IScaling {
  return isRange(wanted) ? { adapt: wanted.adapt } : { [wanted.unit]: wanted.amount };
}

/** Read the size a cluster should have; no jobs if it cannot be read. */
export function fromScaling(scaling: IScaling | null | undefined): Wanted {
  const adapt = scaling?.adapt;
  if (typeof adapt?.minimum_jobs === 'number' && typeof adapt.maximum_jobs === 'number') {
    return { adapt };
  }
  for (const unit of UNITS) {
    const value = scaling?.[unit];
    const amount = typeof value === 'string' ? parseBytes(value) : value;
    if (typeof amount === 'number') {
      return { unit, amount };
    }
  }
  return { unit: 'jobs', amount: 0 };
}

/** Whether the server has this size. Delays that the draft leaves open are the server's choice. */
export function hasArrived(draft: Wanted, server: Wanted): boolean {
  if (isRange(draft)) {
    return (
      isRange(server) &&
      ADAPT_FIELDS.every(
        field => (draft.adapt[field] ?? server.adapt[field]) === server.adapt[field]
      )
    );
  }
  return !isRange(server) && draft.unit === server.unit && draft.amount === server.amount;
}

const ADAPT_FIELDS = ['minimum_jobs', 'maximum_jobs', 'grow_after', 'shrink_after'] as const;

/** The first maximum of a cluster that has no jobs when it starts to adapt. */
const FIRST_MAXIMUM = 4;

/** Return the first range: up to the current size, so that nothing starts unasked. */
export function firstRange(jobs: number, allowed: number): IAdapt {
  return { minimum_jobs: 0, maximum_jobs: Math.min(allowed, jobs > 0 ? jobs : FIRST_MAXIMUM) };
}

/** Change a range within the allowed jobs. Moving one end past the other moves both. */
export function shaped(range: IAdapt, change: Partial<IAdapt>, allowed: number): IAdapt {
  const next = { ...range, ...change };
  const bounded = (jobs: number): number => Math.max(0, Math.min(allowed, jobs));
  const minimum_jobs = bounded(next.minimum_jobs);
  const maximum_jobs = bounded(next.maximum_jobs);
  return change.minimum_jobs === undefined
    ? { ...next, minimum_jobs: Math.min(minimum_jobs, maximum_jobs), maximum_jobs }
    : { ...next, minimum_jobs, maximum_jobs: Math.max(minimum_jobs, maximum_jobs) };
}

/** The smallest maximum of the slider, in jobs. */
const SLIDER_MINIMUM = 16;

/** Return the maximum of the slider: 16 jobs or twice the wanted ones, within what is allowed. */
export function sliderEnd(wanted: number, maximum: number): number {
  return Math.max(1, Math.min(maximum, Math.max(SLIDER_MINIMUM, 2 * wanted)));
}

/** Return the unit of a bare number of memory: GiB if a job's memory is round in GiB only. */
export function memoryUnit(job: IJobSize): 'GB' | 'GiB' {
  return isBinarySize(job.memory) ? 'GiB' : 'GB';
}

/** Return the text of the number field: "96", or "80" with its unit beside the field. */
export function amountText({ unit, amount }: IAmount, job: IJobSize): string {
  if (unit !== 'memory') {
    return String(amount);
  }
  const factor = memoryUnit(job) === 'GiB' ? 1024 ** 3 : 1000 ** 3;
  return String(Math.round((amount / factor) * 100) / 100);
}

/** Parse the text of the number field, or return why it is not valid. */
export function parseAmount(
  text: string,
  unit: Unit,
  job: IJobSize,
  maximum: number,
  trans: TranslationBundle
): IAmount | string {
  const trimmed = text.trim();
  let amount: number | null;
  if (unit === 'memory') {
    amount = parseBytes(trimmed, memoryUnit(job));
    if (amount === null) {
      return trans.__('Enter a size such as 16 GB');
    }
  } else {
    amount = parseWholeNumber(trimmed);
    if (amount === null) {
      return trans.__('Enter a whole number');
    }
  }
  if (toJobs({ unit, amount }, job) > maximum) {
    const most = fromJobs(maximum, unit, job).amount;
    return trans.__(
      'Limit: %1',
      unit === 'memory'
        ? formatBytes(most, trans)
        : unit === 'cores'
          ? coresText(most, trans)
          : jobsText(most, trans)
    );
  }
  return { unit, amount };
}

/** Return what this many jobs hold together: "60 cores, 80 GB". */
export function holds(jobs: number, job: IJobSize, trans: TranslationBundle): string {
  return formatList(sizes(jobs, job, trans));
}

/** The same with workers: "60 cores, 80 GB, 20 workers". */
export function totals(jobs: number, job: IJobSize, trans: TranslationBundle): string {
  return formatList([...sizes(jobs, job, trans), workersText(jobs * job.workers, trans)]);
}

function sizes(jobs: number, job: IJobSize, trans: TranslationBundle): string[] {
  const cores = jobs * job.cores;
  return [
    cores > 0 ? coresText(cores, trans) : '',
    job.memory > 0 ? formatBytes(jobs * job.memory, trans) : ''
  ].filter(part => part !== '');
}

/** The sentence under the slider, in parts, so that the number of jobs can be emphasized. */
export interface ISentence {
  /** What is before the number of jobs: "50 cores → "; empty if the unit is jobs. */
  lead: string;
  /** "5 jobs". */
  jobs: string;
  /** " = 60 cores, 80 GB". */
  rest: string;
}

/** Stands around the number of jobs, wherever in the sentence a translation has it. For private use. */
const MARK = '\ue000';

const marked = (words: string): string => MARK + words + MARK;

function parted(text: string): ISentence {
  const [lead, jobs, rest] = text.split(MARK);
  return { lead, jobs, rest };
}

/** Return what a size means: "50 cores → 5 jobs = 60 cores, 80 GB". */
export function sentence(wanted: IAmount, job: IJobSize, trans: TranslationBundle): ISentence {
  const jobs = toJobs(wanted, job);
  if (jobs === 0) {
    return parted(trans.__('%1; the scheduler keeps running', marked(trans.__('No jobs'))));
  }
  const held = holds(jobs, job, trans);
  const words = marked(jobsText(jobs, trans));
  if (wanted.unit === 'jobs') {
    return parted(held === '' ? words : trans.__('%1 = %2', words, held));
  }
  const asked =
    wanted.unit === 'cores' ? coresText(wanted.amount, trans) : formatBytes(wanted.amount, trans);
  return parted(trans.__('%1 → %2 = %3', asked, words, held));
}

export function sentenceText(wanted: IAmount, job: IJobSize, trans: TranslationBundle): string {
  const { lead, jobs, rest } = sentence(wanted, job, trans);
  return lead + jobs + rest;
}

/** Return "0–8 jobs = up to 96 cores, 128 GB". */
export function rangeSentence(range: IAdapt, job: IJobSize, trans: TranslationBundle): ISentence {
  const { minimum_jobs, maximum_jobs } = range;
  const jobs = marked(
    trans._n(
      '%2–%3 job',
      '%2–%3 jobs',
      maximum_jobs,
      formatNumber(minimum_jobs),
      formatNumber(maximum_jobs)
    )
  );
  const most = maximum_jobs === 0 ? '' : holds(maximum_jobs, job, trans);
  return parted(most === '' ? jobs : trans.__('%1 = up to %2', jobs, most));
}
