/** The problems of a cluster, with the other program's message and what to do. */

import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ICluster, IProblem } from '../../api/restapi';
import { CommandIDs } from '../../clusters/commandids';
import { formatAge } from '../../clusters/words/format';
import {
  explanationUrl,
  isChanged,
  isRetried,
  noteKind,
  problemTitle,
  statusWord,
  tellsSince
} from '../../clusters/words/problems';
import { Changing } from '../../ui/changing';
import { useApp } from '../../ui/context';
import { useAction } from '../../ui/hooks';
import { ChangeButton } from './changebutton';

export interface IProblemsProps {
  cluster: ICluster;
  /** Those that are not dismissed. */
  problems: readonly IProblem[];
  now: number;
}

export function Problems({ cluster, problems, now }: IProblemsProps): React.JSX.Element {
  return (
    <>
      {problems.map(problem => (
        <Problem
          key={`${problem.code}:${problem.since}`}
          cluster={cluster}
          problem={problem}
          now={now}
        />
      ))}
    </>
  );
}

interface IProblemProps {
  cluster: ICluster;
  problem: IProblem;
  now: number;
}

function Problem({ cluster, problem, now }: IProblemProps): React.JSX.Element {
  const { manager, trans } = useApp();
  const age = tellsSince(problem) ? null : formatAge(problem.since, now, trans);
  const alive = cluster.status !== 'failed';
  const explanation = explanationUrl(problem, manager.site?.documentation_url);
  const title = problemTitle(problem, now, trans);
  // The first line of the card may say just that.
  const isSaid = title.toLowerCase() === statusWord(cluster, trans).toLowerCase();
  return (
    <div className="jp-DaskSlurm-problem" data-testid="problem" data-code={problem.code}>
      <div className={`jp-DaskSlurm-note ${noteKind(cluster, problem)}`}>
        {alive && (
          <button
            className="jp-DaskSlurm-iconButton jp-DaskSlurm-noteClose"
            aria-label={trans.__('Dismiss this message')}
            title={trans.__('Dismiss this message')}
            onClick={() => manager.dismiss(cluster.id, problem)}
          >
            <closeIcon.react tag="span" aria-hidden />
          </button>
        )}
        {/* What changes with the clock stays outside: a screen reader would read it all again. */}
        <div role="alert">
          <strong className={isSaid ? 'jp-DaskSlurm-unseen' : 'jp-DaskSlurm-noteTitle'}>
            {title}
          </strong>
          <div className="jp-DaskSlurm-words">{problem.message}</div>
          {problem.advice && <p className="jp-DaskSlurm-quiet">{problem.advice}</p>}
        </div>
        {explanation !== null && (
          <p className="jp-DaskSlurm-quiet">
            <a href={explanation} target="_blank" rel="noopener noreferrer">
              {trans.__('Learn more')}
            </a>
          </p>
        )}
        {age !== null && alive && (
          <p className="jp-DaskSlurm-quiet" data-testid="problem-age">
            {trans.__('%1 ago', age)}
          </p>
        )}
      </div>
      {alive && <WaysOut cluster={cluster} problem={problem} />}
    </div>
  );
}

/** What can be done about it: try again, with other options, or look closer. */
function WaysOut({ cluster, problem }: Omit<IProblemProps, 'now'>): React.JSX.Element {
  const { commands, trans } = useApp();
  const { id } = cluster;
  return (
    <div className="jp-DaskSlurm-noteActions">
      {isRetried(cluster, problem) && (
        <Changing>
          <button
            className="jp-DaskSlurm-button"
            onClick={() => void commands.execute(CommandIDs.retry, { id })}
          >
            {trans.__('Retry')}
          </button>
        </Changing>
      )}
      {problem.code === 'tasks_waiting' && <ScaleUp cluster={cluster} />}
      {cluster.status === 'running' && isChanged(problem) && <ChangeButton cluster={cluster} />}
      {/* A command whose plugin is disabled has no button. */}
      {commands.hasCommand(CommandIDs.showLog) && (
        <button
          className="jp-DaskSlurm-button"
          onClick={() => {
            const source = problem.code === 'jobs_failed' ? 'job' : 'controller';
            void commands.execute(CommandIDs.showLog, { id, source });
          }}
        >
          {trans.__('Show Log')}
        </button>
      )}
    </div>
  );
}

/** The way out of a cluster without jobs. */
function ScaleUp({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { manager, trans } = useApp();
  const scaling = useAction(() => manager.scale(cluster.id, { jobs: 1 }));
  return (
    <Changing>
      <button
        className="jp-DaskSlurm-button"
        disabled={scaling.busy}
        onClick={() => void scaling.run()}
      >
        {trans.__('Scale to 1 Job')}
      </button>
      {scaling.error !== null && (
        <span className="jp-mod-error" role="alert">
          {scaling.error}
        </span>
      )}
    </Changing>
  );
}
