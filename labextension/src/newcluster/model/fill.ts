/** What the New cluster form begins with: what was used last, a profile, the site's defaults. Pure. */

import type { IOptions, IScaling, ISite } from '../../api/restapi';
import { formatWalltime } from '../../clusters/words/format';
import { durationText } from './duration';
import { isKnownPartition } from './site';
import type { Field, Values } from './values';
import { DURATIONS, FIELDS, LISTS, OPTION_FIELDS } from './values';

const SIZES: readonly Field[] = ['memory', 'controller_memory'];
const WALLTIMES: readonly Field[] = ['walltime', 'controller_walltime'];

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

/** Options and a size as they would have been typed. */
export function typedValues(options: IOptions, scaling: IScaling | null): Partial<Values> {
  const values: Partial<Values> = {};
  for (const field of OPTION_FIELDS) {
    const value = options[field];
    if (value !== null && value !== undefined) {
      values[field] = typed(field, value);
    }
  }
  if (scaling?.adapt) {
    values.scaling = String(scaling.adapt.minimum_jobs);
    values.most = String(scaling.adapt.maximum_jobs);
  } else if (scaling?.jobs !== undefined) {
    values.scaling = String(scaling.jobs);
  }
  return values;
}

function typed(field: Field, value: unknown): string {
  if (Array.isArray(value) && LISTS.includes(field)) {
    return value.join('\n');
  }
  if (typeof value === 'number') {
    if (SIZES.includes(field)) {
      return sizeText(value);
    }
    if (WALLTIMES.includes(field)) {
      return formatWalltime(value);
    }
    if (DURATIONS.includes(field)) {
      return durationText(value);
    }
  }
  return String(value);
}

/** A size that is read as the very same number of bytes again. */
export function sizeText(bytes: number): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['GiB', 1024 ** 3],
    ['MB', 1e6],
    ['MiB', 1024 ** 2]
  ] as const) {
    if (bytes % size === 0) {
      return `${bytes / size} ${unit}`;
    }
  }
  return `${bytes} B`;
}

/** The same without what this site does not have: with nobody to tell, it stays as it is. */
export function fittingSite(values: Partial<Values>, site: ISite | null): Partial<Values> {
  const fitting = { ...values };
  if (fitting.partition && site !== null && !isKnownPartition(site, fitting.partition)) {
    delete fitting.partition;
  }
  for (const field of ['account', 'qos'] as const) {
    const known = (field === 'account' ? site?.accounts : site?.qos) ?? [];
    if (known.length > 0 && !known.includes(fitting[field] ?? '')) {
      delete fitting[field];
    }
  }
  return fitting;
}
