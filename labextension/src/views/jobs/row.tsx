/** One job in a table of jobs. */

import * as React from 'react';

import type { IJob } from '../../api/restapi';
import { kindOf } from '../../clusters/words/jobs';
import { Changing } from '../../ui/changing';
import type { ICellContext } from './columns';
import { COLUMNS } from './columns';

/** Pixels; `style/jobs.css` has the same value. */
export const ROW_HEIGHT = 28;

export interface IJobRowProps {
  elementId: string;
  job: IJob;
  /** Its index in the whole table including the header, from 1. */
  rowIndex: number;
  /** Pixels from the top of the table's body. */
  top: number;
  context: ICellContext;
  isActive: boolean;
  isReplacing: boolean;
  onActivate: (jobId: string) => void;
  onLog: (job: IJob) => void;
  onCancel: (job: IJob) => void;
  onReplace: (job: IJob) => void;
}

/** Rendered again only if its own job has changed. */
export const JobRow = React.memo(Row);

function Row(props: IJobRowProps): React.JSX.Element {
  const { elementId, job, rowIndex, top, context, isActive, isReplacing } = props;
  const { trans } = context;
  const kind = kindOf(job);
  const isOver = job.stage === 'ended' || job.stage === 'leaving';
  // Only the buttons of the active row are in the tab order.
  const tabIndex = isActive ? 0 : -1;
  return (
    <div
      id={elementId}
      role="row"
      className="jp-DaskSlurm-row"
      data-testid="job-row"
      data-job-id={job.id}
      data-stage={job.stage}
      data-kind={kind}
      aria-rowindex={rowIndex}
      aria-selected={isActive}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => props.onActivate(job.id)}
    >
      {COLUMNS.map(column => {
        const text = column.text(job, context);
        return (
          <div
            key={column.id}
            role="gridcell"
            data-column={column.id}
            data-number={column.isNumber || undefined}
            title={column.title?.(job, context) || text || undefined}
          >
            {text}
          </div>
        );
      })}
      <div role="gridcell" data-column="actions">
        <button
          className="jp-DaskSlurm-link"
          tabIndex={tabIndex}
          aria-label={trans.__('Log of job %1', job.id)}
          onClick={() => props.onLog(job)}
        >
          {trans.__('Log')}
        </button>
        {!isOver && (
          <Changing>
            <button
              className="jp-DaskSlurm-link"
              tabIndex={tabIndex}
              aria-label={trans.__('Replace job %1', job.id)}
              title={trans.__('Another job first; then this one hands over its data and ends')}
              disabled={isReplacing}
              onClick={() => props.onReplace(job)}
            >
              {trans.__('Replace')}
            </button>
            <button
              className="jp-DaskSlurm-link"
              tabIndex={tabIndex}
              aria-label={trans.__('Cancel job %1', job.id)}
              title={trans.__('End this job, and want one less')}
              onClick={() => props.onCancel(job)}
            >
              {trans.__('Cancel …')}
            </button>
          </Changing>
        )}
      </div>
    </div>
  );
}
