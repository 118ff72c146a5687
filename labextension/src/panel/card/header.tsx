/** The first line of a card: status, name, age and menu. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { errorWords } from '../../api/errorwords';
import type { ICluster } from '../../api/restapi';
import { beginDrag } from '../../clusters/dragclient';
import { isValidName } from '../../clusters/names';
import {
  formatAge,
  formatDuration,
  formatLasting,
  secondsUntil
} from '../../clusters/words/format';
import { hasEnded, isFailure, statusWord } from '../../clusters/words/problems';
import { useReadOnly } from '../../ui/changing';
import { useApp } from '../../ui/context';
import { useSignal } from '../../ui/hooks';
import { usePanelModel } from '../context';
import { openClusterMenu } from './menu';

export interface ICardHeaderProps {
  cluster: ICluster;
  /** Milliseconds since the epoch. */
  now: number;
}

export function CardHeader(props: ICardHeaderProps): React.JSX.Element {
  const { cluster, now } = props;
  const { commands, trans } = useApp();
  const model = usePanelModel();
  useSignal(model.changed);
  const readOnly = useReadOnly();
  const dot = hasProblems(cluster) ? 'failed' : hasEnded(cluster) ? 'ended' : cluster.status;
  const age = secondsUntil(cluster.created, now);
  const created = age === null ? '' : trans.__('created %1 ago', formatDuration(-age));
  return (
    <div
      className="jp-DaskSlurm-cardHeader"
      data-draggable={!!cluster.client_code || undefined}
      onPointerDown={event => beginDrag(event, cluster)}
    >
      <span className="jp-DaskSlurm-dot" data-status={dot} aria-hidden />
      {model.renaming === cluster.id ? (
        <RenameField cluster={cluster} />
      ) : (
        <h3
          className="jp-DaskSlurm-name"
          title={readOnly ? cluster.name : trans.__('%1 – double-click to rename', cluster.name)}
          onDoubleClick={readOnly ? undefined : () => (model.renaming = cluster.id)}
        >
          {cluster.name}
        </h3>
      )}
      <span className="jp-DaskSlurm-status" title={created}>
        <span data-testid="cluster-status" role="status">
          {statusWord(cluster, trans)}
        </span>
        {/* What changes with the clock stays outside of what is read aloud. */}
        <span data-testid="cluster-age">{ageWords(cluster, now, trans)}</span>
      </span>
      <button
        className="jp-DaskSlurm-iconButton"
        aria-label={trans.__('More about %1', cluster.name)}
        aria-haspopup="menu"
        title={trans.__('More')}
        onClick={event => openClusterMenu(event.currentTarget, cluster, commands, trans)}
      >
        <ellipsesIcon.react tag="span" aria-hidden />
      </button>
    </div>
  );
}

/** Return the age: " · 0:12 h" for a living cluster, " · 2 min ago" for one that has ended. */
function ageWords(cluster: ICluster, now: number, trans: TranslationBundle): string {
  if (cluster.status === 'failed') {
    const ended = formatAge(cluster.problems[0]?.since, now);
    return ended === null ? '' : ` · ${trans.__('%1 ago', ended)}`;
  }
  const age = secondsUntil(cluster.created, now);
  return age === null || age > -60 ? '' : ` · ${formatLasting(-age)}`;
}

/** Dismissing a problem only hides its message. */
function hasProblems(cluster: ICluster): boolean {
  return cluster.status === 'running' && cluster.problems.some(isFailure);
}

/** The input for a new name: Enter or blur renames, Escape does not. */
function RenameField({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { manager, trans } = useApp();
  const model = usePanelModel();
  const [text, setText] = React.useState(cluster.name);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [sending, setSending] = React.useState(false);
  const done = (): void => {
    model.renaming = null;
  };
  const commit = async (): Promise<void> => {
    const name = text.trim();
    if (sending) {
      return;
    }
    if (name === cluster.name) {
      done();
      return;
    }
    if (!isValidName(name)) {
      setProblem(trans.__('Letters, digits, “.”, “_” or “-”, beginning with a letter or digit.'));
      return;
    }
    setSending(true);
    try {
      await manager.rename(cluster.id, name);
      done();
    } catch (error) {
      setProblem(errorWords(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <span className="jp-DaskSlurm-nameField">
      <input
        className="jp-DaskSlurm-field"
        aria-label={trans.__('Name of the cluster')}
        aria-invalid={problem !== null}
        autoFocus
        value={text}
        readOnly={sending}
        onChange={event => {
          setText(event.target.value);
          setProblem(null);
        }}
        onFocus={event => event.target.select()}
        onBlur={() => void commit()}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            void commit();
          } else if (event.key === 'Escape') {
            done();
          }
        }}
      />
      {problem !== null && (
        <span className="jp-DaskSlurm-fieldProblem" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
