/** Solutions for an exceeded limit: another partition, or the largest value that is allowed. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IOptions, IPartition, ISite } from '../../api/restapi';
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatWalltime,
  withUnit
} from '../../clusters/words/format';
import type { Field } from './fields';
import { FORM } from './fields';
import { gpusAsked, writeGpus } from './gpus';
import { boundsOf, isOpen, namesFor, partitionOf } from './site';
import type { Values } from './values';

/** A value for a field, and the word for it. */
export interface IRemedy {
  field: Field;
  value: string;
  word: string;
}

/** What one job asks for, with defaults filled in; NaN and "" are not known. */
interface INeed {
  cores: number;
  memory: number;
  walltime: number;
  gres: string;
}

const LIMITED = ['cores', 'memory', 'walltime', 'gres'] as const;
type Limited = (typeof LIMITED)[number];

/**
 * Return solutions for the problem of a field: the size that a bare number may mean; else, if a known
 * limit is exceeded, what does not exceed it.
 *
 * `options` are those of the refused script with defaults filled in; null if they are not valid.
 */
export function remediesOf(
  field: Field,
  options: IOptions | null | undefined,
  chosen: { partition: string; qos: string } & Partial<Values>,
  site: ISite | null,
  trans: TranslationBundle
): IRemedy[] {
  const meant = FORM[field].kind === 'size' ? withUnit(chosen[field] ?? '') : null;
  if (meant !== null) {
    return [{ field, value: meant, word: meant }];
  }
  if (!isLimited(field) || !options) {
    return [];
  }
  const need: INeed = {
    cores: Number(options.cores ?? NaN),
    memory: Number(options.memory ?? NaN),
    walltime: Number(options.walltime ?? NaN),
    gres: typeof options.gres === 'string' ? options.gres : ''
  };
  if (fitsIn(need, field, site, chosen.partition, chosen.qos)) {
    return [];
  }
  const remedies: IRemedy[] = [];
  const roomier = roomierFor(need, field, site, chosen);
  if (roomier !== null) {
    remedies.push({ field: 'partition', value: roomier.name, word: roomier.name });
  }
  const limit = limitOf(need, field, site, chosen, trans);
  if (limit !== null) {
    remedies.push({ field, ...limit });
  }
  return remedies;
}

function isLimited(field: Field): field is Limited {
  return (LIMITED as readonly Field[]).includes(field);
}

/** Whether a partition allows that much of one thing. What is not known is allowed. */
function fitsIn(
  need: INeed,
  field: Limited,
  site: ISite | null,
  partition: string,
  qos: string
): boolean {
  const bounds = boundsOf(site, partition, qos);
  if (field === 'gres') {
    const { count, type } = gpusAsked(need.gres);
    return count === 0 || bounds.gpus.some(g => (!type || g.type === type) && g.per_node >= count);
  }
  const most = bounds[field];
  return most === null || !(need[field] > most);
}

/** Return another partition that allows the whole job, or at least this one thing. */
function roomierFor(
  need: INeed,
  field: Limited,
  site: ISite | null,
  { partition, qos }: { partition: string; qos: string }
): IPartition | null {
  const now = partitionOf(site, partition);
  const others = (site?.partitions ?? []).filter(
    p => p.available && p !== now && isOpen(p) && takesQos(site, p, qos)
  );
  const fits = (p: IPartition, what: Limited): boolean => fitsIn(need, what, site, p.name, qos);
  return (
    others.find(p => LIMITED.every(what => fits(p, what))) ??
    others.find(p => fits(p, field)) ??
    null
  );
}

function takesQos(site: ISite | null, partition: IPartition, qos: string): boolean {
  return qos === '' || !site?.qos?.length || namesFor(site, partition.name, 'qos').includes(qos);
}

/** Return the largest value that is allowed. */
function limitOf(
  need: INeed,
  field: Limited,
  site: ISite | null,
  { partition, qos }: { partition: string; qos: string },
  trans: TranslationBundle
): { value: string; word: string } | null {
  const bounds = boundsOf(site, partition, qos);
  if (field === 'gres') {
    const { type } = gpusAsked(need.gres);
    const most = Math.max(
      0,
      ...bounds.gpus.filter(g => !type || g.type === type).map(g => g.per_node)
    );
    const value = writeGpus({ count: String(most), type });
    return value === '' ? null : { value, word: formatNumber(most) };
  }
  const most = bounds[field];
  if (most === null || most <= 0) {
    return null;
  }
  if (field === 'walltime') {
    return { value: formatWalltime(most), word: formatDuration(most, trans) };
  }
  if (field === 'memory') {
    // A round number, slightly below the limit.
    const unit = most >= 1e10 ? 1e9 : 1e6;
    const size = Math.floor(most / unit) * unit;
    return size > 0
      ? { value: `${size / unit} ${unit === 1e9 ? 'GB' : 'MB'}`, word: formatBytes(size, trans) }
      : null;
  }
  return { value: String(most), word: formatNumber(most) };
}
