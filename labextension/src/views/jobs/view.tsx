/** The tab with the jobs of one cluster: status, filters and table. */

import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { formatNumber, jobsText } from '../../clusters/words/format';
import { JOB_KINDS, kindWord } from '../../clusters/words/jobs';
import { useApp } from '../../ui/context';
import { useSignal } from '../../ui/hooks';
import type { JobsModel } from './model';
import { JobsTable } from './table';

export function JobsView({ model }: { model: JobsModel }): React.JSX.Element {
  const { trans } = useApp();
  useSignal(model.changed);
  const { jobs, rows } = model;
  return (
    <div className="jp-DaskSlurm-view" data-testid="jobs-view" data-cluster-id={model.id}>
      <JobsToolbar model={model} />
      {model.isGone && (
        <p className="jp-DaskSlurm-note" role="status" data-testid="cluster-gone">
          {jobs === null
            ? trans.__('%1 is gone.', model.name)
            : trans.__('%1 is gone. These are its jobs as they were known last.', model.name)}
        </p>
      )}
      {!model.isGone && model.problem !== null && (
        <p className="jp-DaskSlurm-note jp-mod-error" role="alert" data-testid="jobs-problem">
          {model.problem}
        </p>
      )}
      {model.refusal !== null && (
        <p className="jp-DaskSlurm-note jp-mod-error" role="alert" data-testid="jobs-refusal">
          {model.refusal}
        </p>
      )}
      <JobsTable model={model} />
      {rows.length === 0 && <Nothing model={model} />}
      {model.foldable > 0 && (
        <div className="jp-DaskSlurm-viewFoot">
          <button
            className="jp-DaskSlurm-link"
            data-testid="ended-jobs"
            aria-expanded={model.showsEnded}
            onClick={() => (model.showsEnded = !model.showsEnded)}
          >
            {model.showsEnded
              ? trans._n('Hide 1 ended job', 'Hide %1 ended jobs', model.foldable)
              : trans._n('Show 1 ended job', 'Show %1 ended jobs', model.foldable)}
          </button>
        </div>
      )}
    </div>
  );
}

/** The filters, and the number of shown jobs. */
function JobsToolbar({ model }: { model: JobsModel }): React.JSX.Element {
  const { trans } = useApp();
  const { counts, kinds, jobs, rows } = model;
  const all = jobs?.length ?? 0;
  return (
    <div className="jp-DaskSlurm-viewBar">
      <input
        type="search"
        className="jp-DaskSlurm-field"
        data-testid="jobs-filter"
        aria-label={trans.__('Filter the jobs of %1', model.name)}
        placeholder={trans.__('Filter: id, node, reason…')}
        value={model.text}
        onChange={event => (model.text = event.target.value)}
      />
      <div
        role="group"
        className="jp-DaskSlurm-chips"
        aria-label={trans.__('Show jobs of these states')}
      >
        {JOB_KINDS.filter(kind => kinds.has(kind) || (counts.get(kind) ?? 0) > 0).map(kind => (
          <button
            key={kind}
            className="jp-DaskSlurm-chip"
            data-kind={kind}
            aria-pressed={kinds.has(kind)}
            onClick={() => model.toggle(kind)}
          >
            {kindWord(kind, trans)} <b>{formatNumber(counts.get(kind) ?? 0)}</b>
          </button>
        ))}
      </div>
      <span className="jp-DaskSlurm-quiet" role="status" data-testid="jobs-count">
        {rows.length === all
          ? jobsText(all, trans)
          : trans._n(
              '%2 of %3 job',
              '%2 of %3 jobs',
              all,
              formatNumber(rows.length),
              formatNumber(all)
            )}
      </span>
      <button
        className="jp-DaskSlurm-iconButton"
        title={trans.__('Ask for the jobs now')}
        aria-label={trans.__('Ask for the jobs now')}
        onClick={() => void model.refresh()}
      >
        <refreshIcon.react tag="span" aria-hidden />
      </button>
    </div>
  );
}

/** Why the table is empty. */
function Nothing({ model }: { model: JobsModel }): React.JSX.Element | null {
  const { trans } = useApp();
  if (model.jobs === null) {
    return model.problem === null && !model.isGone ? (
      <p className="jp-DaskSlurm-nothing">{trans.__('Asking the cluster…')}</p>
    ) : null;
  }
  return model.jobs.length === 0 ? (
    <p className="jp-DaskSlurm-nothing">
      {model.cluster?.status === 'starting'
        ? trans.__('The cluster is starting: it has no jobs yet.')
        : trans.__('It has no jobs.')}
    </p>
  ) : (
    <p className="jp-DaskSlurm-nothing">
      {trans.__('No job is like that.')}{' '}
      <button className="jp-DaskSlurm-link" onClick={() => model.showAll()}>
        {trans.__('Show all')}
      </button>
    </p>
  );
}
