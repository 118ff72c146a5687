/** Where the cluster would run, and which fields the form has there. Pure. */

import type { BatchSystemName, IJobScriptRequest, ISite, Placement } from '../../api/restapi';
import { isValidName } from '../../clusters/names';
import type { Field } from './fields';
import { FIELDS, FORM } from './fields';
import { readGpus } from './gpus';
import type { IBounds } from './site';
import { boundsOf, meaningOfEmpty } from './site';
import type { Values } from './values';
import { optionsOf, scalingOf } from './values';

export interface IPlace {
  /** The local queue, which has no partitions. */
  isLocal: boolean;
  /** There is a choice where the controller runs. */
  offersPlacement: boolean;
  /** That choice matters: on the Jupyter host it would end with the session. */
  asksForPlacement: boolean;
  /** Where the controller will run. */
  placement: Placement;
  /** The user has several accounts: jobs are charged to one of them. */
  asksForAccount: boolean;
  /** The limits of one job. */
  bounds: IBounds;
  /** GPUs are entered as a number instead of a text. */
  asksForGpus: boolean;
  /** There are several Slurm clusters, or one is named. */
  offersSlurmCluster: boolean;
  /** The fields that do not apply here. */
  leftOut: readonly Field[];
}

/** Return the place for these values; `batchSystem` null is the administrator's choice. */
export function placeOf(
  site: ISite | null,
  batchSystem: BatchSystemName | null,
  values: Readonly<Values>
): IPlace {
  const isLocal = (batchSystem ?? site?.batch_system) === 'local';
  const offersSlurmCluster =
    !isLocal && ((site?.slurm_clusters ?? []).length > 1 || values.slurm_cluster !== '');
  const offersPlacement = !isLocal && (site?.placements ?? []).length > 1;
  const chosen = offersPlacement ? values.placement : '';
  const placement = (chosen || site?.defaults?.placement || 'local') as Placement;
  // The partitions of the site are those of its own batch system.
  const bounds = boundsOf(
    isLocal && site?.batch_system !== 'local' ? null : site,
    isLocal ? '' : values.partition,
    isLocal ? '' : values.qos.trim() || meaningOfEmpty(site, 'qos')
  );
  return {
    isLocal,
    offersPlacement,
    asksForPlacement: offersPlacement && !!site?.ends_with,
    placement,
    asksForAccount: !isLocal && (site?.accounts ?? []).length > 1,
    bounds,
    asksForGpus: !isLocal && bounds.gpus.length > 0 && readGpus(values.gres) !== null,
    offersSlurmCluster,
    leftOut: FIELDS.filter(field => {
      const { onLocalQueue, ofController } = FORM[field];
      return (
        (isLocal && onLocalQueue === 'left out') ||
        (!offersSlurmCluster && field === 'slurm_cluster') ||
        (!offersPlacement && field === 'placement') ||
        ((isLocal || placement !== 'job') && ofController)
      );
    })
  };
}

/** Return the fields that are among "More options" here, in order. */
export function moreFields(place: IPlace): Field[] {
  const { isLocal, leftOut, asksForAccount, asksForPlacement } = place;
  return FIELDS.filter(field => {
    const { more, onLocalQueue } = FORM[field];
    const isAbove =
      (field === 'account' && asksForAccount) || (field === 'placement' && asksForPlacement);
    return more && !isAbove && !leftOut.includes(field) && !(isLocal && onLocalQueue === 'hidden');
  });
}

/** Return the values with those of fields that do not apply here emptied. */
export function valuesAt(values: Readonly<Values>, { leftOut }: IPlace): Values {
  return { ...values, ...Object.fromEntries(leftOut.map(field => [field, ''])) };
}

/** Return what these values ask for there, without a name that is none. */
export function requestOf(
  values: Values,
  place: IPlace,
  batchSystem: BatchSystemName | null
): IJobScriptRequest {
  const name = values.name.trim();
  return {
    options: optionsOf(valuesAt(values, place)),
    scaling: scalingOf(values),
    ...(isValidName(name) ? { name } : {}),
    ...(batchSystem === null ? {} : { batch_system: batchSystem })
  };
}
