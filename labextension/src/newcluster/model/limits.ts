/** What the administrator lets users choose. Pure; the server checks all of it again. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster, ILimits, ISite } from '../../api/restapi';
import { formatDuration, formatList, formatNumber } from '../../clusters/words/format';
import type { Field } from './fields';
import { fieldHint, FORM } from './fields';
import { NOTEBOOK_FIELDS } from './fill';
import type { Values } from './values';

/** Whether users do not choose the field. */
export function isRuled(site: ISite | null, field: Field): boolean {
  return (
    isFixed(site, field) ||
    isOfProfile(site, field) ||
    (site?.limits?.forbidden ?? []).includes(field)
  );
}

/** Whether only a profile says what is in the field. */
function isOfProfile(site: ISite | null, field: Field): boolean {
  const isNotebooks = (NOTEBOOK_FIELDS as readonly Field[]).includes(field);
  return !!site?.limits?.profiles_only && FORM[field].isOption !== false && !isNotebooks;
}

/** Whether the field cannot be changed: it is ruled, and nothing of the user's is there to be removed. */
export function isLocked(site: ISite | null, values: Readonly<Values>, field: Field): boolean {
  return isOfProfile(site, field) || (isRuled(site, field) && values[field].trim() === '');
}

/** Whether the form does not show the field, as long as nothing is there. */
export function isHidden(site: ISite | null, values: Readonly<Values>, field: Field): boolean {
  return (site?.limits?.hidden ?? []).includes(field) && values[field].trim() === '';
}

function isFixed(site: ISite | null, field: Field): boolean {
  return Object.hasOwn(site?.limits?.fixed ?? {}, field);
}

/** Return how many clusters are allowed, if there are as many: those that failed do not count. */
export function clusterLimit(site: ISite | null, clusters: readonly ICluster[]): number | null {
  const most = site?.limits?.max_clusters ?? null;
  return most !== null && clusters.filter(({ status }) => status !== 'failed').length >= most
    ? most
    : null;
}

/** Drop the values that users do not choose. */
export function unruled(values: Partial<Values>, site: ISite | null): Partial<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([field]) => !isRuled(site, field as Field))
  );
}

/** Return why the field cannot be changed, or what it is and how much is allowed; empty if nothing is known. */
export function limitedHint(site: ISite | null, field: Field, trans: TranslationBundle): string {
  if (isOfProfile(site, field) && !isFixed(site, field)) {
    return trans.__('the profile says it');
  }
  if (isRuled(site, field)) {
    return isFixed(site, field)
      ? trans.__('the same for everybody here')
      : trans.__('not for users to choose here');
  }
  const words = fieldHint(field, trans);
  const most = mostOf(site, field, trans);
  return most === null ? words : trans.__('%1; up to %2', words, most);
}

function mostOf(site: ISite | null, field: Field, trans: TranslationBundle): string | null {
  const limits = site?.limits ?? {};
  const { max_idle_timeout: idle, max_age: age, max_gpus: gpus } = limits;
  switch (field) {
    case 'idle_timeout':
      return idle ? formatDuration(idle, trans) : null;
    case 'maximum_age':
      return age ? formatDuration(age, trans) : null;
    case 'scaling':
      return mostJobs(limits, trans);
    case 'gres':
      return typeof gpus === 'number' ? trans._n('1 GPU', '%1 GPUs', gpus) : null;
    default:
      return null;
  }
}

function mostJobs(limits: ILimits, trans: TranslationBundle): string | null {
  const { max_jobs: jobs, max_cores_per_user: cores } = limits;
  const words = [
    typeof jobs === 'number' ? formatNumber(jobs) : null,
    cores ? trans._n('1 core in all your clusters', '%1 cores in all your clusters', cores) : null
  ].filter(each => each !== null);
  return words.length > 0 ? formatList(words) : null;
}
