/** The tab with the logs of a cluster: of its controller, its scheduler, or one of its jobs. */

import { Clipboard } from '@jupyterlab/apputils';
import { copyIcon, downloadIcon, HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IJob } from '../../api/restapi';
import { idKey, stageWord } from '../../clusters/words/jobs';
import { useApp } from '../../ui/context';
import { useSignal } from '../../ui/hooks';
import type { LogModel } from './model';

/** The distance from the end, in pixels, within which the view follows the log. */
const NEAR = 24;

/** The most jobs in the list; the table of jobs has the others. */
const MOST_JOBS = 500;

export function LogView({ model }: { model: LogModel }): React.JSX.Element {
  const { trans } = useApp();
  useSignal(model.changed);
  const [follows, setFollows] = React.useState(true);
  const pane = React.useRef<HTMLPreElement>(null);
  const place = React.useRef(0);
  const { blocks, unfinished, source } = model;

  React.useEffect(() => setFollows(true), [source]);
  React.useLayoutEffect(() => {
    // New text appears at the end.
    if (follows && pane.current !== null) {
      pane.current.scrollTop = pane.current.scrollHeight;
    }
  }, [follows, blocks, unfinished]);

  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = pane.current!;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= NEAR;
    // Only scrolling up stops following: the text may also grow away from the reader.
    if (isAtEnd || scrollTop < place.current) {
      setFollows(isAtEnd);
    }
    place.current = scrollTop;
  };
  return (
    <div className="jp-DaskSlurm-view" data-testid="log-view" data-cluster-id={model.id}>
      <LogToolbar model={model} />
      {model.isGone && (
        <p className="jp-DaskSlurm-note" role="status" data-testid="cluster-gone">
          {trans.__('%1 is gone, and its logs with it. This is what was read last.', model.name)}
        </p>
      )}
      {!model.isGone && model.problem !== null && (
        <p className="jp-DaskSlurm-note jp-mod-error" role="alert" data-testid="log-problem">
          {model.problem}
        </p>
      )}
      <div className="jp-DaskSlurm-logBody">
        <pre
          ref={pane}
          className="jp-DaskSlurm-log"
          tabIndex={0}
          data-testid="log-text"
          data-source={source}
          aria-label={trans.__('Log of %1', model.name)}
          onScroll={onScroll}
        >
          {blocks.map(block => (
            <Block key={block.key} text={block.text} />
          ))}
          {unfinished}
          {model.isEmpty && <span className="jp-DaskSlurm-quiet">{whyEmpty(model, trans)}</span>}
        </pre>
        {!follows && (
          <button
            className="jp-DaskSlurm-button jp-DaskSlurm-primary jp-DaskSlurm-follow"
            onClick={() => setFollows(true)}
          >
            {model.isAlive ? trans.__('Follow') : trans.__('To the End')}
          </button>
        )}
      </div>
    </div>
  );
}

/** Memoized: only the last block grows. */
const Block = React.memo(function Block({ text }: { text: string }): React.JSX.Element {
  return <span className="jp-DaskSlurm-logBlock">{text}</span>;
});

function whyEmpty(model: LogModel, trans: ReturnType<typeof useApp>['trans']): string {
  if (model.missing !== null) {
    return model.missing;
  }
  if (model.isRead) {
    return trans.__('(empty)');
  }
  return model.problem === null && !model.isGone ? trans.__('Reading…') : '';
}

function LogToolbar({ model }: { model: LogModel }): React.JSX.Element {
  const { trans } = useApp();
  const { jobs, source } = model;
  const offered = React.useMemo(() => inOrder(jobs ?? [], source), [jobs, source]);
  const isJob = /^\d/.test(source);
  return (
    <div className="jp-DaskSlurm-viewBar">
      <span className="jp-DaskSlurm-logSource">
        <HTMLSelect
          className="jp-DaskSlurm-select"
          aria-label={trans.__('Which log')}
          data-testid="log-source"
          value={source}
          onFocus={() => void model.refreshJobs()}
          onChange={event => (model.source = event.target.value)}
        >
          {source === 'job' && <option value="job">…</option>}
          <option value="controller">{trans.__('Controller')}</option>
          <option value="scheduler">{trans.__('Scheduler')}</option>
          {isJob && !offered.some(job => job.id === source) && (
            <option value={source}>{trans.__('Job %1', source)}</option>
          )}
          {offered.map(job => (
            <option key={job.id} value={job.id}>
              {[trans.__('Job %1', job.id), stageWord(job, trans), job.node]
                .filter(Boolean)
                .join(' · ')}
            </option>
          ))}
        </HTMLSelect>
      </span>
      <span className="jp-DaskSlurm-quiet" role="status" data-testid="log-state">
        {model.isAlive ? trans.__('follows the log') : trans.__('the log has ended')}
      </span>
      <button
        className="jp-DaskSlurm-iconButton"
        title={trans.__('Copy the Log')}
        aria-label={trans.__('Copy the Log')}
        onClick={() => Clipboard.copyToSystem(model.text)}
      >
        <copyIcon.react tag="span" aria-hidden />
      </button>
      <button
        className="jp-DaskSlurm-iconButton"
        title={trans.__('Download the Log')}
        aria-label={trans.__('Download the Log')}
        onClick={() => download(`${model.name}-${source}.log`, model.text)}
      >
        <downloadIcon.react tag="span" aria-hidden />
      </button>
    </div>
  );
}

/** Return the jobs to choose from: failed ones first, then the latest, and always the chosen one. */
function inOrder(jobs: readonly IJob[], source: string): IJob[] {
  const failed = (job: IJob): number => (job.error === null ? 1 : 0);
  const order = [...jobs].sort((a, b) => failed(a) - failed(b) || idKey(b.id) - idKey(a.id));
  return order.filter((job, i) => i < MOST_JOBS || job.id === source);
}

function download(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
