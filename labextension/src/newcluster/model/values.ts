/** What is in the fields of the New cluster form, and how it travels. Pure. */

import type { IOptions, IScaling } from '../../api/restapi';
import { parseDuration } from './duration';

/**
 * The fields of the form. `scaling` is the number of jobs to start with; with `most` the cluster
 * adapts, between the two.
 */
export const FIELDS = [
  'name',
  'partition',
  'cores',
  'memory',
  'walltime',
  'processes',
  'gres',
  'scaling',
  'most',
  'placement',
  'controller_partition',
  'controller_memory',
  'controller_walltime',
  'python',
  'account',
  'qos',
  'interface',
  'scheduler_interface',
  'log_directory',
  'local_directory',
  'job_extra_directives',
  'job_script_prologue',
  'job_directives_skip',
  'worker_extra_args',
  'death_timeout',
  'idle_timeout',
  'maximum_age'
] as const;

export type Field = (typeof FIELDS)[number];

/** What is in the fields, as typed. */
export type Values = Record<Field, string>;

/** Whole numbers. */
const WHOLE: readonly Field[] = ['cores', 'processes'];

/** Times with a unit, "8 h"; seconds on the wire. Walltimes are not among them: they are Slurm's. */
export const DURATIONS: readonly Field[] = ['death_timeout', 'idle_timeout', 'maximum_age'];

/** Several lines of text each. */
export const LISTS: readonly Field[] = [
  'job_extra_directives',
  'job_script_prologue',
  'job_directives_skip',
  'worker_extra_args'
];

/** Those of a controller that lives in a job. */
export const CONTROLLER: readonly Field[] = [
  'controller_partition',
  'controller_memory',
  'controller_walltime'
];

/** The fields that are options of the cluster and travel as such. */
export const OPTION_FIELDS = FIELDS.filter(field => !['name', 'scaling', 'most'].includes(field));

/** What was typed, as an option; what cannot be read travels as typed, for the server to refuse. */
function wire(field: Field, text: string): string | number | string[] {
  if (LISTS.includes(field)) {
    return text.split('\n').filter(line => line.trim() !== '');
  }
  if (DURATIONS.includes(field)) {
    return parseDuration(text) ?? text.trim();
  }
  const word = text.trim();
  return WHOLE.includes(field) && /^\d+$/.test(word) ? Number(word) : word;
}

/** A form with a name and nothing else. */
export function emptyValues(name: string): Values {
  return { ...(Object.fromEntries(FIELDS.map(field => [field, ''])) as Values), name };
}

/**
 * "scaling.jobs" and "options.cores" belong to the fields "scaling" and "cores", and
 * "scaling.adapt.maximum_jobs" to "most".
 */
export function fieldOf(name: string): Field | null {
  const parts = name.split('.');
  if (parts[0] === 'scaling' && parts[2] === 'maximum_jobs') {
    return 'most';
  }
  const first = parts[0] === 'options' ? parts[1] : parts[0];
  return FIELDS.find(field => field === first) ?? null;
}

/** What a form with these values asks for; empty fields are left to the site's configuration. */
export function optionsOf(values: Readonly<Values>): IOptions {
  return Object.fromEntries(
    OPTION_FIELDS.filter(field => values[field].trim() !== '').map(field => [
      field,
      wire(field, values[field])
    ])
  );
}

/** The jobs to start with, none when the field is empty; or the range in which to adapt. */
export function scalingOf(values: Readonly<Values>): IScaling {
  const jobs = whole(values.scaling) ?? 0;
  const most = whole(values.most);
  return most === null ? { jobs } : { adapt: { minimum_jobs: jobs, maximum_jobs: most } };
}

function whole(text: string): number | null {
  return /^\d+$/.test(text.trim()) ? Number(text) : null;
}
