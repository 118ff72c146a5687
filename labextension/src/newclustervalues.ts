/** What is in the fields of the New cluster form, and how it travels. Pure. */

import type { IOptions, ISite } from './restapi';

/** The fields of the form. `scaling` is the number of jobs to start with. */
export const FIELDS = [
  'name',
  'cores',
  'memory',
  'walltime',
  'processes',
  'partition',
  'python',
  'scaling'
] as const;

export type Field = (typeof FIELDS)[number];

/** What is in the fields, as typed. */
export type Values = Record<Field, string>;

/** The fields that are options of the cluster and travel as such. */
const OPTION_FIELDS = FIELDS.filter(field => field !== 'name' && field !== 'scaling');

const WHOLE: readonly Field[] = ['cores', 'processes'];

/** Text that is a whole number as a number; anything else as typed, for the server to refuse. */
function wire(field: Field, text: string): string | number {
  return WHOLE.includes(field) && /^\d+$/.test(text) ? Number(text) : text;
}

/** "scaling.jobs" and "options.cores" belong to the fields "scaling" and "cores". */
export function fieldOf(name: string): Field | null {
  const parts = name.split('.');
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

/** The jobs to start with; none when the field is empty. */
export function scalingOf(values: Values): { jobs: number } {
  const text = values.scaling.trim();
  return { jobs: /^\d+$/.test(text) ? Number(text) : 0 };
}
