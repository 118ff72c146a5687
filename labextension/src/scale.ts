/** The size of a cluster in jobs, cores and memory, and what a number means in whole jobs. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { formatBytes, formatNumber, isBinarySize, parseBytes } from './format';
import type { IOptions, IScaling } from './restapi';

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

export function toScaling({ unit, amount }: IAmount): IScaling {
  return { [unit]: amount };
}

/** What the server says was asked for; no jobs where it cannot be read. */
export function fromScaling(scaling: IScaling | null | undefined): IAmount {
  for (const unit of UNITS) {
    const value = scaling?.[unit];
    const amount = typeof value === 'string' ? parseBytes(value) : value;
    if (typeof amount === 'number') {
      return { unit, amount };
    }
  }
  return { unit: 'jobs', amount: 0 };
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
    amount = /^\d+$/.test(trimmed) ? Number(trimmed) : null;
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
    cores > 0 ? trans._n('%2 core', '%2 cores', cores, formatNumber(cores)) : '',
    job.memory > 0 ? formatBytes(jobs * job.memory) : '',
    trans._n('%2 worker', '%2 workers', workers, formatNumber(workers))
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
  const jobsText = trans._n('%2 job', '%2 jobs', jobs, formatNumber(jobs));
  if (jobs === 0) {
    return { lead: '', jobs: jobsText, rest: trans.__(': nothing runs, the cluster stays') };
  }
  if (job.cores === 0) {
    return { lead: '', jobs: jobsText, rest: '' };
  }
  let lead = '';
  if (wanted.unit === 'cores') {
    const n = wanted.amount;
    lead = `${trans._n('%2 core', '%2 cores', n, formatNumber(n))} → `;
  } else if (wanted.unit === 'memory') {
    lead = `${formatBytes(wanted.amount)} → `;
  }
  const each = wanted.unit === 'memory' ? formatBytes(job.memory) : formatNumber(job.cores);
  return {
    lead,
    jobs: jobsText,
    rest: ` × ${each}${wanted.unit === 'jobs' ? ` ${trans._n('core', 'cores', job.cores)}` : ''} = ${totals(jobs, job, trans)}`
  };
}

export function sentenceText(wanted: IAmount, job: IJobSize, trans: TranslationBundle): string {
  const { lead, jobs, rest } = sentence(wanted, job, trans);
  return lead + jobs + rest;
}
