/** What the site has to say to the New cluster form. Pure. */

import { formatBytes, formatWalltime } from './format';
import type { Field } from './newclustervalues';
import type { IPartition, ISite } from './restapi';

/** The partition of that name, or the site's default one for an empty name. */
export function partitionOf(site: ISite | null, chosen: string): IPartition | null {
  const partitions = site?.partitions ?? [];
  const name = chosen || site?.defaults?.partition;
  return (name ? partitions.find(p => p.name === name) : partitions.find(p => p.default)) ?? null;
}

/** What an empty field stands for, where the site says so. */
export function meaningOfEmpty(site: ISite | null, field: Field): string {
  const value = site?.defaults?.[field];
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'number') {
    if (field === 'memory') {
      return formatBytes(value);
    }
    return field === 'walltime' ? formatWalltime(value) : String(value);
  }
  return String(value);
}

/** Another partition that allows so many seconds; null if none does. */
export function roomierThan(
  partition: IPartition | null,
  walltime: number,
  site: ISite | null
): IPartition | null {
  if (!(walltime > 0)) {
    return null;
  }
  return (
    site?.partitions.find(
      p =>
        p.available &&
        p.name !== partition?.name &&
        (p.max_walltime === null || p.max_walltime >= walltime)
    ) ?? null
  );
}
