/** The first line of a card: its state, its name, and how much of it is there; the menu, and the chevron. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { caretRightIcon, ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { beginDrag } from '../../clusters/dragclient';
import {
  formatAge,
  formatDuration,
  formatLasting,
  secondsUntil
} from '../../clusters/words/format';
import { hasEnded, isInTrouble, isPending, statusWord } from '../../clusters/words/problems';
import { useReadOnly } from '../../ui/changing';
import { useApp } from '../../ui/context';
import { useSignal } from '../../ui/hooks';
import { usePanelModel } from '../context';
import { SmallBar } from './jobsbar';
import { openClusterMenu } from './menu';
import { RenameField } from './renamefield';

export interface ICardHeaderProps {
  cluster: ICluster;
  isOpen: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

export function CardHeader({ cluster, isOpen, now }: ICardHeaderProps): React.JSX.Element {
  const { commands, trans } = useApp();
  const model = usePanelModel();
  useSignal(model.changed);
  const readOnly = useReadOnly();
  const isEnded = hasEnded(cluster);
  const toggle = (): void => model.openCards.set(cluster.id, !isOpen);
  return (
    <div
      className="jp-DaskSlurm-cardHeader"
      data-draggable={!!cluster.client_code || undefined}
      onPointerDown={event => beginDrag(event, cluster)}
      // A large target for the pointer; the keyboard has the chevron.
      onClick={isOpen || isEnded ? undefined : toggle}
    >
      <span className="jp-DaskSlurm-dot" data-status={dotOf(cluster)} aria-hidden />
      {model.renaming === cluster.id ? (
        <RenameField cluster={cluster} />
      ) : (
        <h3
          className="jp-DaskSlurm-name"
          title={
            readOnly || !isOpen
              ? cluster.name
              : trans.__('%1 – double-click to rename', cluster.name)
          }
          onDoubleClick={readOnly || !isOpen ? undefined : () => (model.renaming = cluster.id)}
        >
          {cluster.name}
        </h3>
      )}
      <State cluster={cluster} isOpen={isOpen} now={now} />
      {(isOpen || isEnded) && (
        <button
          className="jp-DaskSlurm-iconButton"
          aria-label={trans.__('More about %1', cluster.name)}
          aria-haspopup="menu"
          title={trans.__('More')}
          onClick={event => openClusterMenu(event.currentTarget, cluster, commands, trans)}
        >
          <ellipsesIcon.react tag="span" aria-hidden />
        </button>
      )}
      {!isEnded && (
        <button
          className="jp-DaskSlurm-iconButton"
          aria-label={trans.__('Details of %1', cluster.name)}
          aria-expanded={isOpen}
          title={isOpen ? trans.__('Collapse') : trans.__('Expand')}
          onClick={event => {
            event.stopPropagation();
            toggle();
          }}
        >
          <caretRightIcon.react tag="span" className="jp-DaskSlurm-caret" aria-hidden />
        </button>
      )}
    </div>
  );
}

function dotOf(cluster: ICluster): string {
  if (hasEnded(cluster)) {
    return 'ended';
  }
  if (cluster.status === 'running') {
    return isInTrouble(cluster) ? 'failed' : isPending(cluster) ? 'pending' : 'running';
  }
  return cluster.status;
}

/** The state in words, with the age where there is room for it; of a closed card that is well, its jobs. */
function State({ cluster, isOpen, now }: ICardHeaderProps): React.JSX.Element {
  const { trans } = useApp();
  const age = secondsUntil(cluster.created, now);
  const created = age === null ? '' : trans.__('created %1 ago', formatDuration(-age, trans));
  const counts = !isOpen && cluster.status === 'running' && !isInTrouble(cluster);
  const ago = isOpen || cluster.status === 'failed' ? ageWords(cluster, now, trans) : null;
  return (
    <>
      <span className={counts ? 'jp-DaskSlurm-unseen' : 'jp-DaskSlurm-status'} title={created}>
        <span data-testid="cluster-status" role="status">
          {statusWord(cluster, trans)}
        </span>
        {/* What changes with the clock stays outside of what is read aloud. */}
        {ago !== null && <span data-testid="cluster-age">{ago}</span>}
      </span>
      {counts && <SmallBar jobs={cluster.jobs} />}
    </>
  );
}

/** Return the age: "12 min" for a living cluster, "2 min ago" for one that has ended; null for a young one. */
function ageWords(cluster: ICluster, now: number, trans: TranslationBundle): string | null {
  if (cluster.status === 'failed') {
    const ended = formatAge(cluster.problems[0]?.since, now, trans);
    return ended === null ? null : trans.__('· %1 ago', ended);
  }
  const age = secondsUntil(cluster.created, now);
  return age === null || age > -60 ? null : trans.__('· %1', formatLasting(-age, trans));
}
