/** The words of the footer of the New cluster dialog. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IEstimate } from '../../api/restapi';
import { totals } from '../../clusters/scale';
import {
  coresText,
  formatClock,
  formatDuration,
  formatList,
  formatNumber,
  jobsText,
  secondsUntil
} from '../../clusters/words/format';
import { fieldTitle, fieldWord } from './fields';
import type { NewClusterModel } from './model';
import { doubts } from './problems';
import { AUTOMATIC, jobsThatFit, partitionsOf } from './site';
import { fieldOf } from './values';

/** A start within this many seconds is "now". */
const NOW = 60;

/** Return "8 jobs × 12 cores = 96 cores, 128 GB, 32 workers · Cannot create: fix Walltime". */
export function totalSentence(model: NewClusterModel, trans: TranslationBundle): string {
  if (model.replaced.isEnding) {
    return endingSentence(model, trans);
  }
  return [sizeSentence(model, trans), lifeWords(model, trans), obstacles(model, trans)]
    .filter(part => part !== '')
    .join(' · ');
}

/** Return "Stopping weather: 3 jobs are left…". */
function endingSentence({ replaced }: NewClusterModel, trans: TranslationBundle): string {
  const name = replaced.name ?? '';
  const jobs = replaced.cluster?.jobs;
  const left = jobs ? jobs.running + jobs.pending + jobs.unknown : 0;
  return left > 0
    ? trans._n('Stopping %2: %1 job is left…', 'Stopping %2: %1 jobs are left…', left, name)
    : trans.__('Stopping %1…', name);
}

function sizeSentence(model: NewClusterModel, trans: TranslationBundle): string {
  const { script } = model;
  if (!script?.options || script.jobs === undefined) {
    return '';
  }
  const most = Number(model.values.most.trim() || NaN);
  const growing =
    most >= 0 ? trans._n('up to %2 job', 'up to %2 jobs', most, formatNumber(most)) : '';
  if (script.jobs === 0) {
    const none = trans.__('No jobs at first: the scheduler alone');
    return growing === '' ? none : trans.__('%1, %2', none, growing);
  }
  const { jobs } = script;
  const job = {
    cores: script.cores / jobs,
    memory: script.memory / jobs,
    workers: script.workers / jobs
  };
  const sum = trans.__(
    '%1 × %2 = %3',
    jobsText(jobs, trans),
    coresText(job.cores, trans),
    totals(jobs, job, trans)
  );
  return growing === '' ? sum : trans.__('%1; %2', sum, growing);
}

/** Return how long, in seconds, the job of its controller lets the cluster live; null if it has none. */
export function longestLife({ place, script }: NewClusterModel): number | null {
  const walltime = script?.options?.controller_walltime;
  return place.placement === 'job' && typeof walltime === 'number' ? walltime : null;
}

/** Return "ends after 30 min at the latest"; empty if nothing limits its life. */
function lifeWords(model: NewClusterModel, trans: TranslationBundle): string {
  const seconds = longestLife(model);
  return seconds === null
    ? ''
    : trans.__('ends after %1 at the latest', formatDuration(seconds, trans));
}

/** Return "Cannot create: fix Walltime", "may never start: walltime"; empty if nothing is in the way. */
function obstacles(model: NewClusterModel, trans: TranslationBundle): string {
  const words = [
    ...model.flawed.map(field => fieldTitle(field, trans)),
    ...model.otherProblems.map(problem => problem.field)
  ];
  if (words.length > 0) {
    return trans.__('Cannot create: fix %1', formatList(words));
  }
  if (model.clusterLimit !== null) {
    return trans._n(
      'Cannot create: 1 cluster is the limit here',
      'Cannot create: %1 clusters are the limit here',
      model.clusterLimit
    );
  }
  if (model.failure !== null) {
    return trans.__('cannot be checked');
  }
  const doubtful = doubts(model.script).map(({ field }) => {
    const known = fieldOf(field);
    return known === null ? field : fieldWord(known, trans);
  });
  return doubtful.length > 0
    ? trans.__('may never start: %1', formatList([...new Set(doubtful)]))
    : '';
}

/** Return "would start now on n2", "would start about 14:20", or the batch system's message. */
export function estimateWords(
  model: NewClusterModel,
  now: number,
  trans: TranslationBundle
): string {
  const { estimate } = model;
  if (estimate === null) {
    return '';
  }
  const { estimated_start: start, message } = estimate;
  if (start === null) {
    return message ?? '';
  }
  if (doubts(model.script).length > 0) {
    // Slurm promises a start to jobs that it never starts.
    return '';
  }
  const soon = (secondsUntil(start, now) ?? 0) <= NOW;
  const when = soon ? trans.__('now') : trans.__('about %1', formatClock(start, now));
  const fitting = soon ? jobsFitting(model) : null;
  const jobs = model.script?.jobs ?? 0;
  if (fitting !== null && fitting > 0 && fitting < jobs) {
    return trans.__(
      'about %1 of %2 jobs would start now',
      formatNumber(fitting),
      formatNumber(jobs)
    );
  }
  const where = placeWords(model, estimate, trans);
  return where === ''
    ? trans.__('a job would start %1', when)
    : trans.__('a job would start %1 on %2', when, where);
}

/**
 * Return how many of the jobs find free cores in their partition; null if not known. Of several partitions
 * in the roomiest, because they may share nodes. It is a guess: others wait for these cores, too.
 */
function jobsFitting({ script, site, values }: NewClusterModel): number | null {
  const { cores, memory, partition } = script?.options ?? {};
  const job = { cores: Number(cores ?? 1), memory: Number(memory ?? 0) };
  const each = partitionsOf(site, String(partition ?? values.partition))
    .map(found => jobsThatFit(found, job))
    .filter(jobs => jobs !== null);
  const free = each.length > 0 ? Math.max(...each) : null;
  const most = script?.job_limit?.jobs;
  return free === null ? null : Math.min(free, most ?? Infinity);
}

/** Return "n2", or "n2 (long)" if several partitions were possible. */
function placeWords(
  { values }: NewClusterModel,
  { node, partition }: IEstimate,
  trans: TranslationBundle
): string {
  const isOpen = values.partition === AUTOMATIC || values.partition.includes(',');
  if (node === null || partition === null || !isOpen) {
    return node ?? '';
  }
  return trans.__('%1 (%2)', node, partition);
}
