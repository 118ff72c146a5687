/** The jobs of a cluster one by one, for whoever opens the list: what each does, and how to end it. */

import * as React from 'react';

import { CommandIDs } from './commandids';
import { useAction, usePanel } from './context';
import { formatDuration, formatNumber } from './format';
import { stageWord } from './jobwords';
import type { ICluster, IJob } from './restapi';

/** More rows than that help nobody. */
export const MOST_ROWS = 50;

export function JobsList({ cluster }: { cluster: ICluster }): React.JSX.Element | null {
  const { trans } = usePanel();
  const [open, setOpen] = React.useState(false);
  if (cluster.status !== 'running' && !open) {
    return null; // Nobody could tell of them.
  }
  return (
    <details
      className="jp-DaskSlurm-jobsList"
      data-testid="jobs-list"
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{trans.__('Jobs, one by one')}</summary>
      {open && <Rows cluster={cluster} />}
    </details>
  );
}

/** Asked for when it is opened, and again whenever the cluster says something new. */
function Rows({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { manager, trans } = usePanel();
  const [jobs, setJobs] = React.useState<readonly IJob[] | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const asked = React.useRef(false);
  React.useEffect(() => {
    let alive = true;
    const background = asked.current; // Only the first look is the user's own.
    asked.current = true;
    manager.jobs(cluster.id, { background }).then(
      found => {
        if (alive) {
          setJobs(found);
          setProblem(null);
        }
      },
      (error: unknown) => {
        if (alive) {
          setProblem(error instanceof Error ? error.message : String(error));
        }
      }
    );
    return () => {
      alive = false;
    };
  }, [manager, cluster]);

  const shown = jobs === null ? [] : inOrder(jobs);
  const hidden = shown.length - MOST_ROWS;
  return (
    <>
      {problem !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert">
          {problem}
        </div>
      )}
      {jobs === null && problem === null && (
        <p className="jp-DaskSlurm-quiet">{trans.__('Asking the cluster …')}</p>
      )}
      {jobs?.length === 0 && <p className="jp-DaskSlurm-quiet">{trans.__('It has no jobs.')}</p>}
      <ul aria-label={trans.__('Jobs of %1', cluster.name)}>
        {shown.slice(0, MOST_ROWS).map(job => (
          <Row key={job.id} cluster={cluster} job={job} />
        ))}
      </ul>
      {hidden > 0 && (
        <p className="jp-DaskSlurm-quiet">
          {trans._n('and %2 more', 'and %2 more', hidden, formatNumber(hidden))}
        </p>
      )}
    </>
  );
}

function Row({ cluster, job }: { cluster: ICluster; job: IJob }): React.JSX.Element {
  const { manager, commands, trans } = usePanel();
  const replace = useAction(() => manager.replaceJob(cluster.id, job.id));
  const over = job.stage === 'ended' || job.stage === 'leaving';
  const waits = job.stage === 'pending' && job.reason !== null;
  const facts = [
    stageWord(job, trans),
    waits ? `${job.explanation ?? ''} (${job.reason})`.trim() : '',
    job.node ? trans.__('on %1', job.node) : '',
    !over && typeof job.time_left === 'number'
      ? trans.__('%1 left', formatDuration(job.time_left))
      : ''
  ].filter(fact => fact !== '');
  const args = { id: cluster.id, job: job.id };
  return (
    <li data-testid="job" data-job-id={job.id} data-stage={job.stage}>
      <div className="jp-DaskSlurm-jobLine">
        <span>
          <b>{job.id}</b> {facts.join(' · ')}
        </span>
        {!over && (
          <span className="jp-DaskSlurm-jobActions">
            <button
              className="jp-DaskSlurm-link"
              aria-label={trans.__('Replace job %1', job.id)}
              title={trans.__('Another job first; then this one hands over its data and ends')}
              disabled={replace.busy}
              onClick={() => void replace.run()}
            >
              {trans.__('Replace')}
            </button>{' '}
            <button
              className="jp-DaskSlurm-link"
              aria-label={trans.__('Cancel job %1', job.id)}
              title={trans.__('End this job, and want one less')}
              onClick={() => void commands.execute(CommandIDs.cancelJob, args)}
            >
              {trans.__('Cancel …')}
            </button>
          </span>
        )}
      </div>
      {job.error && <pre className="jp-DaskSlurm-words">{job.error}</pre>}
      {replace.error !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert">
          {replace.error}
        </div>
      )}
    </li>
  );
}

/** Those that live first, in the server's order. */
function inOrder(jobs: readonly IJob[]): IJob[] {
  const ended = (job: IJob): boolean => job.stage === 'ended';
  return [...jobs.filter(job => !ended(job)), ...jobs.filter(ended)];
}
