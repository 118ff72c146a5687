/** What is in the fields of the New cluster form, and how it travels. Pure. */

import type { IOptions, IScaling, ISite } from './restapi';

/**
 * The fields of the form. `scaling` is the number of jobs to start with; with `most` the cluster
 * adapts, between the two.
 */
export const FIELDS = [
  'name',
  'cores',
  'memory',
  'walltime',
  'processes',
  'partition',
  'python',
  'scaling',
  'most',
  'placement'
] as const;

export type Field = (typeof FIELDS)[number];

/** What is in the fields, as typed. */
export type Values = Record<Field, string>;

/** The fields that are options of the cluster and travel as such. */
const OPTION_FIELDS = FIELDS.filter(field => !['name', 'scaling', 'most'].includes(field));

const WHOLE: readonly Field[] = ['cores', 'processes'];

/** Text that is a whole number as a number; anything else as typed, for the server to refuse. */
function wire(field: Field, text: string): string | number {
  return WHOLE.includes(field) && /^\d+$/.test(text) ? Number(text) : text;
}

/** A form with a name and nothing else. */
export function emptyValues(name: string): Values {
  return { ...(Object.fromEntries(FIELDS.map(field => [field, ''])) as Values), name };
}

/** What was remembered from the last cluster, where it can be read; all but the name. */
export function rememberedValues(saved: unknown): Partial<Values> {
  if (saved === null || typeof saved !== 'object') {
    return {};
  }
  const known = saved as Partial<Record<Field, unknown>>;
  return Object.fromEntries(
    FIELDS.filter(field => field !== 'name' && typeof known[field] === 'string').map(field => [
      field,
      known[field] as string
    ])
  );
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

/** Sensible first values for a site nobody has used yet: a quarter of a node. */
export function firstValues(site: ISite | null): Partial<Values> {
  const partition = site?.partitions.find(p => p.default) ?? site?.partitions[0];
  const nodeCores = partition?.cores_per_node ?? 4;
  const nodeMemory = partition?.memory_per_node ?? null;
  const cores = Math.max(1, Math.min(8, Math.floor(nodeCores / 4)));
  const share =
    nodeMemory === null ? cores * 4e9 : Math.min(cores * 4e9, (nodeMemory * cores) / nodeCores);
  const memory = share >= 1e9 ? `${Math.floor(share / 1e9)} GB` : `${Math.floor(share / 1e6)} MB`;
  return {
    cores: site?.defaults?.cores ? '' : String(cores),
    memory: site?.defaults?.memory ? '' : memory,
    scaling: '1'
  };
}

/** What a form with these values asks for; empty fields are left to the site's configuration. */
export function optionsOf(values: Values): IOptions {
  const given = OPTION_FIELDS.map(field => [field, values[field].trim()] as const)
    .filter(([, text]) => text !== '')
    .map(([field, text]) => [field, wire(field, text)]);
  return Object.fromEntries(given);
}

/** The jobs to start with, none when the field is empty; or the range in which to adapt. */
export function scalingOf(values: Values): IScaling {
  const jobs = whole(values.scaling) ?? 0;
  const most = whole(values.most);
  return most === null ? { jobs } : { adapt: { minimum_jobs: jobs, maximum_jobs: most } };
}

function whole(text: string): number | null {
  return /^\d+$/.test(text.trim()) ? Number(text) : null;
}
