/** Where the cluster would run, and what the form has to ask there. Pure. */

import type { BatchSystemName, ISite, Placement } from '../../api/restapi';
import type { Field } from './fields';
import { FIELDS, FORM } from './fields';
import { readGpus } from './gpus';
import type { IBounds } from './site';
import { boundsOf } from './site';
import type { Values } from './values';

export interface IPlace {
  /** The local queue, which has no partitions. */
  isLocal: boolean;
  /** One may choose where the controller lives. */
  offersPlacement: boolean;
  /** That is a question: beside Jupyter it would end with it. */
  asksForPlacement: boolean;
  /** Where the controller will live. */
  placement: Placement;
  /** The most that one job may have. */
  bounds: IBounds;
  /** GPUs are a number here, and not a text. */
  asksForGpus: boolean;
  /** The fields that the form does not have here. */
  leftOut: readonly Field[];
}

/** `batchSystem` is the one to ask for; null is the administrator's choice. */
export function placeOf(
  site: ISite | null,
  batchSystem: BatchSystemName | null,
  values: Readonly<Values>
): IPlace {
  const isLocal = (batchSystem ?? site?.batch_system) === 'local';
  const offersPlacement = !isLocal && (site?.placements ?? []).length > 1;
  const chosen = offersPlacement ? values.placement : '';
  const placement = (chosen || site?.defaults?.placement || 'local') as Placement;
  // What the site tells is that of its own batch system.
  const bounds = boundsOf(
    isLocal && site?.batch_system !== 'local' ? null : site,
    isLocal ? '' : values.partition,
    isLocal ? '' : values.qos
  );
  return {
    isLocal,
    offersPlacement,
    asksForPlacement: offersPlacement && !!site?.ends_with,
    placement,
    bounds,
    asksForGpus: !isLocal && bounds.gpus.length > 0 && readGpus(values.gres) !== null,
    leftOut: FIELDS.filter(field => {
      const { onLocalQueue, ofController } = FORM[field];
      return (
        (isLocal && onLocalQueue === 'left out') ||
        (!offersPlacement && field === 'placement') ||
        ((isLocal || placement !== 'job') && ofController)
      );
    })
  };
}

/** The fields that are among "More options" here, in their order. */
export function moreFields({ isLocal, leftOut }: IPlace): Field[] {
  return FIELDS.filter(field => {
    const { more, onLocalQueue } = FORM[field];
    return more && !leftOut.includes(field) && !(isLocal && onLocalQueue === 'hidden');
  });
}

/** What is in fields that the form does not have is left open, though it was chosen elsewhere. */
export function valuesAt(values: Readonly<Values>, { leftOut }: IPlace): Values {
  return { ...values, ...Object.fromEntries(leftOut.map(field => [field, ''])) };
}
