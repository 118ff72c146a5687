/** What the form needs to know about the site: partitions, limits, names, defaults. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IGpus, IPartition, IQosLimits, ISite } from '../../api/restapi';
import { formatBytes } from '../../clusters/words/format';
import type { Field } from './fields';
import { FORM } from './fields';
import { typed } from './values';

/** The value that stands for the first partition that fits. */
export const AUTOMATIC = 'auto';

/** Whether "auto" can be chosen here, and is not the name of a partition. */
export function offersAutomatic(site: ISite | null): boolean {
  const partitions = site?.partitions ?? [];
  return (
    site?.qos_limits !== undefined &&
    partitions.length > 1 &&
    !partitions.some(p => p.name === AUTOMATIC)
  );
}

/** Whether the site has this partition, or all of a list such as "debug,long"; true if not known. */
export function isKnownPartition(site: ISite, chosen: string): boolean {
  const partitions = site.partitions;
  return (
    partitions.length === 0 ||
    (chosen === AUTOMATIC && offersAutomatic(site)) ||
    chosen.split(',').every(name => partitions.some(p => p.name === name.trim()))
  );
}

/** Return the partitions that could run a job. An empty choice is the site's default. */
export function partitionsOf(site: ISite | null, chosen: string): readonly IPartition[] {
  const partitions = site?.partitions ?? [];
  const names = chosen.trim() || meaningOfEmpty(site, 'partition');
  if (names === AUTOMATIC && offersAutomatic(site)) {
    const available = partitions.filter(p => p.available && isOpen(p));
    return available.length > 0 ? available : partitions;
  }
  if (names === '') {
    return partitions.filter(p => p.default);
  }
  const wanted = names.split(',').map(name => name.trim());
  return partitions.filter(p => wanted.includes(p.name));
}

/** Whether it takes jobs of this user, as far as is known. */
export function isOpen({ refuses, may_refuse }: IPartition): boolean {
  return !refuses && !may_refuse;
}

/** Return the chosen or default partition; null if there are several, or none. */
export function partitionOf(site: ISite | null, chosen: string): IPartition | null {
  const partitions = partitionsOf(site, chosen);
  return partitions.length === 1 ? partitions[0] : null;
}

/**
 * Return how many jobs find room on the idle cores of a partition; null if not known. Idle cores are taken
 * to lie together: on nodes of their own, as far as they fill nodes.
 */
export function jobsThatFit(
  { idle_cores, cores_per_node, memory_per_node, whole_nodes }: IPartition,
  job: { cores: number; memory: number }
): number | null {
  if (idle_cores === null || !(job.cores > 0)) {
    return null;
  }
  const node = cores_per_node ?? idle_cores;
  const byMemory = memory_per_node && job.memory > 0 ? memory_per_node / job.memory : Infinity;
  const perNode = whole_nodes ? 1 : Math.floor(Math.min(node / job.cores, byMemory));
  const rest = whole_nodes ? 0 : Math.min(Math.floor((idle_cores % node) / job.cores), perNode);
  return node > 0 ? Math.floor(idle_cores / node) * perNode + rest : 0;
}

/** The limits of one job; null is not known, or unlimited. */
export interface IBounds {
  cores: number | null;
  memory: number | null;
  walltime: number | null;
  /** The walltime of a job without the option. */
  defaultWalltime: number | null;
  /** One entry per type; empty if there are none. */
  gpus: readonly IGpus[];
}

/** Return the limits of the chosen partitions, of the QOS and of the administrator. */
export function boundsOf(site: ISite | null, chosen: string, qos: string): IBounds {
  const partitions = partitionsOf(site, chosen);
  const limits = site?.qos_limits?.[qos.trim()] ?? null;
  const allowed = site?.limits ?? {};
  const most = (of: (partition: IPartition) => number | null): number | null => {
    const all = partitions.map(of);
    return all.length === 0 || all.includes(null) ? null : Math.max(...(all as number[]));
  };
  return {
    cores: least(
      most(p => least(p.cores_per_node, p.max_cores_per_node, coresOfSockets(p))),
      limits?.max_cores,
      allowed.max_cores
    ),
    memory: least(
      most(p => least(p.memory_per_node, p.max_memory_per_node)),
      limits?.max_memory,
      allowed.max_memory
    ),
    walltime: least(
      walltimeBound(
        most(p => p.max_walltime),
        limits
      ),
      allowed.max_walltime
    ),
    defaultWalltime: partitions.length === 1 ? partitions[0].default_walltime : null,
    gpus: gpusOf(partitions, least(limits?.max_gpus, allowed.max_gpus))
  };
}

function least(...bounds: (number | null | undefined)[]): number | null {
  const known = bounds.filter(bound => typeof bound === 'number');
  return known.length > 0 ? Math.min(...known) : null;
}

function coresOfSockets({ max_cores_per_socket, sockets_per_node }: IPartition): number | null {
  return max_cores_per_socket && sockets_per_node ? max_cores_per_socket * sockets_per_node : null;
}

function walltimeBound(partition: number | null, limits: IQosLimits | null): number | null {
  return limits?.overrides_partition
    ? (limits.max_walltime ?? null)
    : least(partition, limits?.max_walltime);
}

function gpusOf(partitions: readonly IPartition[], most: number | null): IGpus[] {
  const byType = new Map<string | null, IGpus>();
  for (const gpus of partitions.flatMap(p => p.gpus ?? [])) {
    const known = byType.get(gpus.type);
    if (known === undefined || gpus.per_node > known.per_node) {
      byType.set(gpus.type, {
        ...gpus,
        per_node: Math.min(gpus.per_node, most ?? Infinity)
      });
    }
  }
  return [...byType.values()];
}

/** Return the accounts, or the QOS, that the chosen partitions allow; empty if not known. */
export function namesFor(
  site: ISite | null,
  chosen: string,
  kind: 'account' | 'qos'
): readonly string[] {
  const names = (kind === 'account' ? site?.accounts : site?.qos) ?? [];
  const partitions = partitionsOf(site, chosen);
  return names.filter(
    name => partitions.length === 0 || partitions.some(p => allows(p, name, kind))
  );
}

function allows(partition: IPartition, name: string, kind: 'account' | 'qos'): boolean {
  const [allowed, denied] =
    kind === 'account'
      ? [partition.accounts, partition.denied_accounts]
      : [partition.qos, partition.denied_qos];
  return allowed ? allowed.includes(name) : !denied?.includes(name);
}

/** Return the words for an empty field: what it means, and which variable says so. */
export function wordsForEmpty(site: ISite | null, field: Field, trans: TranslationBundle): string {
  const value = site?.defaults?.[field] ?? site?.exported?.[field]?.value;
  const meaning =
    typeof value === 'number' && FORM[field].kind === 'size'
      ? formatBytes(value, trans)
      : meaningOfEmpty(site, field);
  const from = site?.exported?.[field];
  if (from !== undefined) {
    return trans.__('%1, from %2', meaning, from.variable);
  }
  return meaning === '0' && FORM[field].zeroIsNever ? trans.__('never') : meaning;
}

/** Return the site's default for a field, as text; empty if it has none. */
export function meaningOfEmpty(site: ISite | null, field: Field): string {
  const value = site?.defaults?.[field] ?? site?.exported?.[field]?.value;
  if (field === 'slurm_cluster') {
    return value ? String(value) : (site?.slurm_cluster ?? site?.cluster ?? '');
  }
  if (field === 'account' && !value) {
    return site?.default_account ?? '';
  }
  return value === null || value === undefined ? '' : typed(field, value);
}
