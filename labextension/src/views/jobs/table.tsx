/** The table of jobs: sortable, and virtualized for thousands of rows. */

import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { IJob } from '../../api/restapi';
import { CommandIDs } from '../../clusters/commandids';
import { useApp } from '../../ui/context';
import { useNow } from '../../ui/hooks';
import type { IColumn } from './columns';
import { COLUMNS } from './columns';
import type { JobsModel } from './model';
import { JobRow, ROW_HEIGHT } from './row';

/** The number of rows that a page key moves by. */
const PAGE = 10;

/** The header is a row as well. */
const HEADER_ROWS = 1;

export function JobsTable({ model }: { model: JobsModel }): React.JSX.Element {
  const { commands, trans } = useApp();
  const now = useNow();
  const scroller = React.useRef<HTMLDivElement>(null);
  const grid = React.useId();
  const [active, setActive] = React.useState<string | null>(null);
  const { rows, id } = model;
  const options = model.cluster?.options ?? NO_OPTIONS;
  const context = React.useMemo(() => ({ options, now, trans }), [options, now, trans]);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: index => rows[index].id,
    overscan: 10,
    scrollPaddingStart: ROW_HEIGHT
  });
  const items = virtual.getVirtualItems();
  const rowId = (jobId: string): string => `${grid}${jobId}`;
  const activeItem = items.find(item => rows[item.index].id === active);

  // Memoized: a row renders again only if its props change.
  const onLog = React.useCallback(
    (job: IJob) => void commands.execute(CommandIDs.showLog, { id, source: job.id }),
    [commands, id]
  );
  const onCancel = React.useCallback(
    (job: IJob) => void commands.execute(CommandIDs.cancelJob, { id, job: job.id }),
    [commands, id]
  );
  const onReplace = React.useCallback((job: IJob) => void model.replace(job), [model]);

  const goTo = (index: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    if (rows.length > 0) {
      setActive(rows[next].id);
      virtual.scrollToIndex(next);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.target !== event.currentTarget) {
      return; // The key belongs to a button.
    }
    const index = rows.findIndex(job => job.id === active);
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + PAGE,
      PageUp: index - PAGE,
      Home: 0,
      End: rows.length - 1
    };
    if (event.key in steps) {
      goTo(steps[event.key]);
    } else if (event.key === 'Enter' && index >= 0) {
      onLog(rows[index]);
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      className="jp-DaskSlurm-table"
      data-testid="jobs-table"
      role="grid"
      tabIndex={0}
      aria-label={trans.__('Jobs of %1', model.name)}
      aria-rowcount={rows.length + HEADER_ROWS}
      aria-colcount={COLUMNS.length + 1}
      aria-activedescendant={activeItem && rowId(rows[activeItem.index].id)}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="jp-DaskSlurm-tableHead">
        <div role="row" aria-rowindex={1} className="jp-DaskSlurm-row">
          {COLUMNS.map(column => (
            <HeaderCell key={column.id} column={column} model={model} />
          ))}
          <div role="columnheader" data-column="actions">
            {trans.__('Actions')}
          </div>
        </div>
      </div>
      <div
        role="rowgroup"
        className="jp-DaskSlurm-tableBody"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map(({ index, key, start }) => (
          <JobRow
            key={key}
            elementId={rowId(rows[index].id)}
            job={rows[index]}
            rowIndex={index + HEADER_ROWS + 1}
            top={start}
            context={context}
            isActive={rows[index].id === active}
            isReplacing={model.isReplacing(rows[index])}
            onActivate={setActive}
            onLog={onLog}
            onCancel={onCancel}
            onReplace={onReplace}
          />
        ))}
      </div>
    </div>
  );
}

const NO_OPTIONS = {};

interface IHeaderCellProps {
  column: IColumn;
  model: JobsModel;
}

/** A header cell: a button that sorts by its column, in the other direction when pressed again. */
function HeaderCell({ column, model }: IHeaderCellProps): React.JSX.Element {
  const { trans } = useApp();
  const { sorting } = model;
  const isSorted = sorting.column === column.id;
  return (
    <div
      role="columnheader"
      data-column={column.id}
      data-number={column.isNumber || undefined}
      aria-sort={!isSorted ? 'none' : sorting.descending ? 'descending' : 'ascending'}
    >
      <button
        className="jp-DaskSlurm-sort"
        onClick={() =>
          (model.sorting = { column: column.id, descending: isSorted && !sorting.descending })
        }
      >
        {column.label(trans)}
        <span aria-hidden>{!isSorted ? '' : sorting.descending ? ' ▾' : ' ▴'}</span>
      </button>
    </div>
  );
}
