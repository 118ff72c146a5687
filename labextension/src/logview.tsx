/** A cluster's logs in a dialog: of its controller, its scheduler, or one of its jobs. */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ICluster, IJob } from './restapi';
import type { IClusterManager } from './tokens';

export interface ILogViewProps {
  cluster: ICluster;
  manager: IClusterManager;
  trans: TranslationBundle;
  /** "controller", "scheduler", or "job": that of the last job that failed, or the first there is. */
  source: string;
}

export function LogView({ cluster, manager, trans, source }: ILogViewProps): React.JSX.Element {
  const [jobs, setJobs] = React.useState<IJob[] | null>(null);
  const [chosen, setChosen] = React.useState(source);
  const [text, setText] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [round, setRound] = React.useState(0);
  const end = React.useRef<HTMLPreElement>(null);

  React.useEffect(() => {
    let alive = true;
    manager.jobs(cluster.id).then(
      found => {
        if (alive) {
          setJobs(found);
          setChosen(now => (now === 'job' ? (jobToShow(found)?.id ?? 'controller') : now));
        }
      },
      () => {
        // Without its controller nobody knows the jobs; the other logs are still there.
        if (alive) {
          setJobs([]);
          setChosen(now => (now === 'job' ? 'controller' : now));
        }
      }
    );
    return () => {
      alive = false;
    };
  }, [manager, cluster.id]);

  React.useEffect(() => {
    if (chosen === 'job') {
      return;
    }
    let alive = true;
    setProblem(null);
    manager.log(cluster.id, chosen).then(
      found => {
        if (alive) {
          setText(found);
        }
      },
      (error: unknown) => {
        if (alive) {
          setText(null);
          setProblem(error instanceof Error ? error.message : String(error));
        }
      }
    );
    return () => {
      alive = false;
    };
  }, [manager, cluster.id, chosen, round]);

  React.useEffect(() => {
    // The end is where the news is.
    end.current?.scrollTo(0, end.current.scrollHeight);
  }, [text]);

  return (
    <div className="jp-DaskSlurm-log">
      <div className="jp-DaskSlurm-withButton">
        <HTMLSelect
          className="jp-DaskSlurm-select"
          aria-label={trans.__('Which log')}
          value={chosen}
          onChange={event => setChosen(event.target.value)}
        >
          {chosen === 'job' && <option value="job">…</option>}
          <option value="controller">{trans.__('Controller')}</option>
          <option value="scheduler">{trans.__('Scheduler')}</option>
          {(jobs ?? []).map(job => (
            <option key={job.id} value={job.id}>
              {`${trans.__('Job %1', job.id)} · ${job.state}${job.node ? ` · ${job.node}` : ''}`}
            </option>
          ))}
        </HTMLSelect>
        <button
          type="button"
          className="jp-DaskSlurm-iconButton"
          title={trans.__('Read it again')}
          aria-label={trans.__('Read it again')}
          onClick={() => setRound(round + 1)}
        >
          <refreshIcon.react tag="span" aria-hidden />
        </button>
      </div>
      <pre ref={end} tabIndex={0} data-testid="log-text" aria-label={trans.__('Log')}>
        {problem ?? (text === '' ? trans.__('(empty)') : text)}
      </pre>
    </div>
  );
}

/** The job whose log tells most: the last that failed, or else the first. */
export function jobToShow(jobs: readonly IJob[]): IJob | undefined {
  return [...jobs].reverse().find(job => job.error !== null) ?? jobs[0];
}

export async function showLog(props: ILogViewProps): Promise<void> {
  const dialog = new Dialog({
    title: props.trans.__('Logs of %1', props.cluster.name),
    body: ReactWidget.create(<LogView {...props} />),
    buttons: [Dialog.okButton({ label: props.trans.__('Close') })],
    hasClose: true
  });
  dialog.addClass('jp-DaskSlurm-logDialog');
  await dialog.launch();
}
