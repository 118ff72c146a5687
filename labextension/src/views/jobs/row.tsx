/** One row of the table of jobs. */

import { closeIcon, redoIcon, textEditorIcon } from '@jupyterlab/ui-components';
import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IJob } from '../../api/restapi';
import { kindOf } from '../../clusters/words/jobs';
import { Changing } from '../../ui/changing';
import type { ICellContext } from './columns';
import { COLUMNS } from './columns';
import { textsOf } from './texts';

/** Pixels; `style/jobs.css` has the same value. */
export const ROW_HEIGHT = 28;

const [FIRST, ...OTHERS] = COLUMNS;

export interface IJobRowProps {
  /** The id of its element, if it is the active row. */
  elementId: string | undefined;
  job: IJob;
  /** Its index among the rows, from 0. */
  index: number;
  context: ICellContext;
  /** Whether the keyboard, or the mouse, is at this row: only then it has buttons. */
  hasActions: boolean;
  isReplacing: boolean;
  actions: IJobActions;
}

/** The same object all the time. */
export interface IJobActions {
  log: (job: IJob) => void;
  cancel: (job: IJob) => void;
  replace: (job: IJob) => void;
}

/** Rendered again only if what it shows has changed: another job, when the table is scrolled. */
export const JobRow = React.memo(Row);

function Row(props: IJobRowProps): React.JSX.Element {
  const { elementId, job, index, context, hasActions } = props;
  const [first, ...others] = textsOf(job, context);
  return (
    <div
      id={elementId}
      role="row"
      className="jp-DaskSlurm-row"
      data-testid="job-row"
      data-job-id={job.id}
      data-stage={job.stage}
      data-kind={kindOf(job)}
      aria-rowindex={index + 2} // From 1, and the header is a row as well.
      aria-selected={elementId !== undefined}
      style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
    >
      <div role="gridcell" data-column={FIRST.id}>
        {first}
      </div>
      <div role="gridcell" data-column="actions">
        {hasActions && <Actions {...props} />}
      </div>
      {OTHERS.map(({ id, isNumber }, i) => (
        <div key={id} role="gridcell" data-column={id} data-number={isNumber}>
          {others[i]}
        </div>
      ))}
    </div>
  );
}

function Actions({
  elementId,
  job,
  context: { trans },
  isReplacing,
  actions
}: IJobRowProps): React.JSX.Element {
  const isOver = job.stage === 'ended' || job.stage === 'leaving';
  // Only the buttons of the active row are in the tab order.
  const tabIndex = elementId === undefined ? -1 : 0;
  const button = (
    action: keyof IJobActions,
    icon: LabIcon,
    label: string,
    title: string,
    busy = false
  ): React.JSX.Element => (
    <button
      className="jp-DaskSlurm-iconButton"
      data-action={action}
      tabIndex={tabIndex}
      aria-label={label}
      title={title}
      // Not disabled: it would lose the focus.
      aria-disabled={busy}
      onClick={() => actions[action](job)}
    >
      <icon.react tag="span" aria-hidden />
    </button>
  );
  return (
    <>
      {button('log', textEditorIcon, trans.__('Log of job %1', job.id), trans.__('Show Log'))}
      {!isOver && (
        <Changing>
          {button(
            'replace',
            redoIcon,
            trans.__('Replace job %1', job.id),
            trans.__(
              'Replace: another job starts first, then this one hands over its data and ends'
            ),
            isReplacing
          )}
          {button(
            'cancel',
            closeIcon,
            trans.__('Cancel job %1', job.id),
            trans.__('Cancel… The target drops by one job')
          )}
        </Changing>
      )}
    </>
  );
}
