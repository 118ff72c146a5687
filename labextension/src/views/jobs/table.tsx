/** The table of jobs: sortable, and with as many elements as there are rows in sight. */

import * as React from 'react';

import type { IJob } from '../../api/restapi';
import { CommandIDs } from '../../clusters/commandids';
import { useApp } from '../../ui/context';
import { useNow } from '../../ui/hooks';
import type { ICellContext, IColumn } from './columns';
import { COLUMNS } from './columns';
import { useFocusedAction } from './focusedaction';
import type { JobsModel } from './model';
import type { IJobActions } from './row';
import { JobRow, ROW_HEIGHT } from './row';
import { titleOf, tracksOf, widthsOf } from './texts';
import { useRowWindow } from './window';

/** The number of rows that a page key moves by. */
const PAGE = 10;

/** The header is a row as well. */
const HEADER_ROWS = 1;

const NO_JOBS: readonly IJob[] = [];

export function JobsTable({ model }: { model: JobsModel }): React.JSX.Element {
  const { commands, trans } = useApp();
  const scroller = React.useRef<HTMLDivElement>(null);
  const [active, setActive] = React.useState<string | null>(null);
  const [hovered, setHovered] = React.useState<string | null>(null);
  const activeId = React.useId();
  const { rows, id } = model;
  const context = useCellContext(model);
  const { slots, reveal } = useRowWindow(scroller, rows.length);
  const { columns, least } = useTracks(model, context);
  const tooltip = useTooltip(rows, context);
  useFocusedAction(scroller, active);

  // Memoized: a row renders again only if its props change.
  const actions = React.useMemo<IJobActions>(
    () => ({
      log: job => void commands.execute(CommandIDs.showLog, { id, source: job.id }),
      cancel: job => void commands.execute(CommandIDs.cancelJob, { id, job: job.id }),
      replace: job => void model.replace(job)
    }),
    [commands, id, model]
  );

  const goTo = (index: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    if (rows.length > 0) {
      setActive(rows[next].id);
      reveal(next);
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
      actions.log(rows[index]);
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
      aria-activedescendant={slots.some(index => rows[index].id === active) ? activeId : undefined}
      style={
        {
          '--jp-DaskSlurm-columns': columns,
          '--jp-DaskSlurm-least': least
        } as React.CSSProperties
      }
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="jp-DaskSlurm-tableHead">
        <div role="row" aria-rowindex={1} className="jp-DaskSlurm-row">
          <HeaderCell column={COLUMNS[0]} model={model} />
          <div role="columnheader" data-column="actions" aria-label={trans.__('Actions')} />
          {COLUMNS.slice(1).map(column => (
            <HeaderCell key={column.id} column={column} model={model} />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className="jp-DaskSlurm-tableBody"
        style={{ height: rows.length * ROW_HEIGHT }}
        onClick={event => setActive(current => jobAt(event.target) ?? current)}
        onMouseOver={event => setHovered(jobAt(event.target))}
        onMouseMove={tooltip}
        onMouseLeave={() => setHovered(null)}
      >
        {slots.map((index, slot) => (
          <JobRow
            key={slot}
            elementId={rows[index].id === active ? activeId : undefined}
            job={rows[index]}
            index={index}
            context={context}
            hasActions={rows[index].id === active || rows[index].id === hovered}
            isReplacing={model.isReplacing(rows[index])}
            actions={actions}
          />
        ))}
      </div>
    </div>
  );
}

/** Return what the cells need beside their jobs: the same object while that is the same. */
function useCellContext(model: JobsModel): ICellContext {
  const { trans } = useApp();
  const today = new Date(useNow()).setHours(0, 0, 0, 0);
  const cores = Number(model.cluster?.options.cores ?? 0);
  const memory = Number(model.cluster?.options.memory ?? 0);
  return React.useMemo(() => ({ cores, memory, today, trans }), [cores, memory, today, trans]);
}

/** Return the widths of the columns: by all jobs, so that they stay while one searches or scrolls. */
function useTracks(model: JobsModel, context: ICellContext): ReturnType<typeof tracksOf> {
  const jobs = model.jobs ?? NO_JOBS;
  return React.useMemo(() => tracksOf(widthsOf(jobs, context)), [jobs, context]);
}

const cellAt = (target: EventTarget): HTMLElement | null =>
  target instanceof Element ? target.closest<HTMLElement>('[role="gridcell"][data-column]') : null;

const rowAt = (target: EventTarget): HTMLElement | null =>
  target instanceof Element ? target.closest<HTMLElement>('[data-job-id]') : null;

const jobAt = (target: EventTarget): string | null => rowAt(target)?.dataset.jobId ?? null;

/** Return what gives the cell below the mouse its title, and that cell alone: most are never asked. */
function useTooltip(
  rows: readonly IJob[],
  context: ICellContext
): (event: React.MouseEvent) => void {
  const told = React.useRef<HTMLElement | null>(null);
  const tell = (cell: HTMLElement | null, title: string): void => {
    told.current?.removeAttribute('title');
    told.current = cell;
    if (title !== '') {
      cell?.setAttribute('title', title);
    }
  };
  // Its element may show another job by now.
  React.useLayoutEffect(() => tell(null, ''));
  return ({ target }) => {
    const cell = cellAt(target);
    if (cell === told.current) {
      return;
    }
    const index = Number(rowAt(target)?.getAttribute('aria-rowindex')) - HEADER_ROWS - 1;
    const column = COLUMNS.findIndex(({ id }) => id === cell?.dataset.column);
    const job = rows[index];
    tell(cell, job !== undefined && column >= 0 ? titleOf(job, column, context) : '');
  };
}

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
      data-number={column.isNumber}
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
