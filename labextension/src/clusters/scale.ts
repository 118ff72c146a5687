/** The size of a cluster in jobs, cores and memory, and what a number means in whole jobs. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAdapt, IOptions, IScaling } from '../api/restapi';
import {
  coresText,
  formatBytes,
  formatNumber,
  isBinarySize,
  jobsText,
  parseBytes,
  parseWholeNumber,
  workersText
} from './words/format';

export type Unit = 'jobs' | 'cores' | 'memory';

export const UNITS: readonly Unit[] = ['jobs', 'cores', 'memory'];

/** What one job of a cluster holds; memory in bytes. 0 where that is not known yet. */
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

/** Between two numbers of jobs, as the tasks need. */
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

/** The units one can speak in: those whose size per job is known. */
export function unitsOf(job: IJobSize): Unit[] {
  return UNITS.filter(unit => unit === 'jobs' || (unit === 'cores' ? job.cores : job.memory) > 0);
}

/** Whole jobs that hold this much: rounded up, as dask-jobqueue does. */
export function toJobs({ unit, amount }: IAmount, job: IJobSize): number {
  return Math.ceil(amount / perJob(unit, job));
}

/** As much as that many jobs hold, in that unit. */
export function fromJobs(jobs: number, unit: Unit, job: IJobSize): IAmount {
  return { unit, amount: jobs * perJob(unit, job) };
}

export function toScaling(wanted: Wanted): IScaling {
  return isRange(wanted) ? { adapt: wanted.adapt } : { [wanted.unit]: wanted.amount };
}

/** What the server says was asked for; no jobs where it cannot be read. */
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

/** Whether the server wants just this; patience that was left open is the server's to choose. */
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

/** The least room for tasks that a cluster without jobs is given when it begins to adapt. */
const FIRST_MAXIMUM = 4;

/** The range to begin with: up to what the cluster has, so that nothing starts that nobody asked for. */
export function firstRange(jobs: number, allowed: number): IAdapt {
  return { minimum_jobs: 0, maximum_jobs: Math.min(allowed, jobs > 0 ? jobs : FIRST_MAXIMUM) };
}

/** A changed range, within what is allowed: the end that was moved takes the other one with it. */
export function shaped(range: IAdapt, change: Partial<IAdapt>, allowed: number): IAdapt {
  const next = { ...range, ...change };
  const bounded = (jobs: number): number => Math.max(0, Math.min(allowed, jobs));
  const minimum_jobs = bounded(next.minimum_jobs);
  const maximum_jobs = bounded(next.maximum_jobs);
  return change.minimum_jobs === undefined
    ? { ...next, minimum_jobs: Math.min(minimum_jobs, maximum_jobs), maximum_jobs }
    : { ...next, minimum_jobs, maximum_jobs: Math.max(minimum_jobs, maximum_jobs) };
}

/** The least end of the slider, in jobs. */
export const SLIDER_MINIMUM = 16;

/** The end of the slider in jobs: 16, or twice the wanted ones, but no more than is allowed. */
export function sliderEnd(wanted: number, maximum: number): number {
  return Math.max(1, Math.min(maximum, Math.max(SLIDER_MINIMUM, 2 * wanted)));
}

/** The unit that a bare number of memory is in: GiB where a job's memory is round in GiB only. */
export function memoryUnit(job: IJobSize): 'GB' | 'GiB' {
  return isBinarySize(job.memory) ? 'GiB' : 'GB';
}

/** The text of the number field: "96", or for memory "80" with its unit beside the field. */
export function amountText({ unit, amount }: IAmount, job: IJobSize): string {
  if (unit !== 'memory') {
    return String(amount);
  }
  const factor = memoryUnit(job) === 'GiB' ? 1024 ** 3 : 1000 ** 3;
  return String(Math.round((amount / factor) * 100) / 100);
}

/** What was typed into the number field, or why it cannot be used. */
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
      return trans.__('Write a size such as 200 GB.');
    }
  } else {
    amount = parseWholeNumber(trimmed);
    if (amount === null) {
      return trans.__('Write a whole number, 0 or more.');
    }
  }
  if (toJobs({ unit, amount }, job) > maximum) {
    const most = fromJobs(maximum, unit, job).amount;
    return trans.__(
      'At most %1 here.',
      unit === 'memory'
        ? formatBytes(most)
        : unit === 'cores'
          ? trans._n('1 core', '%1 cores', most)
          : trans._n('1 job', '%1 jobs', most)
    );
  }
  return { unit, amount };
}

/** "60 cores, 80 GB, 20 workers": what so many jobs hold together. */
export function totals(jobs: number, job: IJobSize, trans: TranslationBundle): string {
  const cores = jobs * job.cores;
  const workers = jobs * job.workers;
  return [
    cores > 0 ? coresText(cores, trans) : '',
    job.memory > 0 ? formatBytes(jobs * job.memory) : '',
    workersText(workers, trans)
  ]
    .filter(part => part !== '')
    .join(', ');
}

/** The sentence under the slider, in parts so that the number of jobs can stand out. */
export interface ISentence {
  /** "50 cores → ", or empty where the unit is jobs already. */
  lead: string;
  /** "5 jobs". */
  jobs: string;
  /** " × 12 = 60 cores, 80 GB, 20 workers". */
  rest: string;
}

/** Exactly what a number means: "50 cores → 5 jobs × 12 = 60 cores, 80 GB, 20 workers". */
export function sentence(wanted: IAmount, job: IJobSize, trans: TranslationBundle): ISentence {
  const jobs = toJobs(wanted, job);
  const jobsWords = jobsText(jobs, trans);
  if (jobs === 0) {
    return { lead: '', jobs: jobsWords, rest: trans.__(': nothing runs, the cluster stays') };
  }
  if (job.cores === 0) {
    return { lead: '', jobs: jobsWords, rest: '' };
  }
  let lead = '';
  if (wanted.unit === 'cores') {
    const n = wanted.amount;
    lead = `${coresText(n, trans)} → `;
  } else if (wanted.unit === 'memory') {
    lead = `${formatBytes(wanted.amount)} → `;
  }
  const each = wanted.unit === 'memory' ? formatBytes(job.memory) : formatNumber(job.cores);
  return {
    lead,
    jobs: jobsWords,
    rest: ` × ${each}${wanted.unit === 'jobs' ? ` ${trans._n('core', 'cores', job.cores)}` : ''} = ${totals(jobs, job, trans)}`
  };
}

export function sentenceText(wanted: IAmount, job: IJobSize, trans: TranslationBundle): string {
  const { lead, jobs, rest } = sentence(wanted, job, trans);
  return lead + jobs + rest;
}

/** "0 to 8 jobs" and " = up to 96 cores, 128 GB, 32 workers". */
export function rangeSentence(
  range: IAdapt,
  job: IJobSize,
  trans: TranslationBundle
): Omit<ISentence, 'lead'> {
  const { minimum_jobs, maximum_jobs } = range;
  const jobs = trans._n(
    '%2 to %3 job',
    '%2 to %3 jobs',
    maximum_jobs,
    formatNumber(minimum_jobs),
    formatNumber(maximum_jobs)
  );
  const most = totals(maximum_jobs, job, trans);
  return {
    jobs,
    rest: job.cores === 0 || maximum_jobs === 0 ? '' : ` = ${trans.__('up to %1', most)}`
  };
}
