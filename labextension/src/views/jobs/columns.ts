/** The columns of the table of jobs: their text, and what they are sorted by. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJob } from '../../api/restapi';
import {
  formatBytes,
  formatClock,
  formatDuration,
  formatNumber
} from '../../clusters/words/format';
import { idKey, JOB_KINDS, kindOf, stageWord } from '../../clusters/words/jobs';

export type ColumnId =
  | 'id'
  | 'stage'
  | 'reason'
  | 'node'
  | 'submitted'
  | 'started'
  | 'time_left'
  | 'workers'
  | 'memory'
  | 'cpu'
  | 'exit_code';

/** What a cell needs beside its job. The same object while none of it has changed: texts are kept by it. */
export interface ICellContext {
  /** What a job of the cluster asks for; 0 if that is not known. */
  cores: number;
  /** In bytes. */
  memory: number;
  /** Any moment of this day, in milliseconds since the epoch: clocks name other days. */
  today: number;
  trans: TranslationBundle;
}

export interface IColumn {
  id: ColumnId;
  label: (trans: TranslationBundle) => string;
  /** Null is sorted last, in either direction. */
  key: (job: IJob) => number | string | null;
  text: (job: IJob, context: ICellContext) => string;
  /** Texts of jobs of one form are about as wide. Without it, the column takes what the others leave. */
  form?: (job: IJob, context: ICellContext) => number | string;
  /** The title of the cell, if it is more than its text. */
  title?: (job: IJob, context: ICellContext) => string;
  isNumber?: boolean;
}

export interface ISorting {
  column: ColumnId;
  descending: boolean;
}

const instant = (text: string | null | undefined): number | null => {
  const time = text ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? null : time;
};

const clock = (text: string | null | undefined, { today }: ICellContext): string =>
  instant(text) === null ? '' : formatClock(text ?? '', today);

const day = (text: string | null | undefined): string => text?.slice(0, 'YYYY-MM-DD'.length) ?? '';

const length = (text: string | null | undefined): number => text?.length ?? 0;

/** Return the last line of a job's output, which usually says why it ended. */
const lastLine = (text: string): string => text.trim().split('\n').pop() ?? '';

function reason(job: IJob): string {
  if (job.error) {
    return job.cause ?? lastLine(job.error);
  }
  return job.reason === null ? '' : `${job.explanation ?? ''} (${job.reason})`.trim();
}

function memory(job: IJob, { memory: whole, trans }: ICellContext): string {
  if (typeof job.memory !== 'number') {
    return '';
  }
  return whole > 0
    ? trans.__('%1 of %2', formatBytes(job.memory, trans, whole), formatBytes(whole, trans))
    : formatBytes(job.memory, trans);
}

function cores(job: IJob, { cores: whole, trans }: ICellContext): string {
  const parts: string[] = [];
  if (typeof job.cpu === 'number' && whole > 0) {
    const used = formatNumber(Math.round(job.cpu / 10) / 10);
    parts.push(trans._n('%2 of 1 core', '%2 of %1 cores', whole, used));
  }
  if (whole > 0 && (job.cpus ?? 0) > whole) {
    const given = formatNumber(job.cpus ?? 0);
    parts.push(
      trans._n(
        'Slurm gave %2 CPUs, its workers use 1',
        'Slurm gave %2 CPUs, its workers use %1',
        whole,
        given
      )
    );
  }
  return parts.join(' · ');
}

const timeLeft = ({ time_left: left }: IJob, { trans }: Pick<ICellContext, 'trans'>): string =>
  typeof left === 'number' ? formatDuration(left, trans) : '';

const percent = ({ cpu }: IJob): string =>
  typeof cpu === 'number' ? formatNumber(Math.round(cpu)) : '';

function place(job: IJob, { trans }: ICellContext): string {
  return job.node !== null && job.partition
    ? trans.__('%1, partition %2', job.node, job.partition)
    : '';
}

export const COLUMNS: readonly IColumn[] = [
  {
    id: 'id',
    label: trans => trans.__('Job'),
    key: job => idKey(job.id),
    form: job => job.id.length,
    text: job => job.id
  },
  {
    id: 'stage',
    label: trans => trans.__('State'),
    key: job => JOB_KINDS.indexOf(kindOf(job)),
    form: ({ stage, state, requested, never_starts, leaves_by }) =>
      [stage, state, requested, never_starts, leaves_by].join(),
    text: (job, { trans }) => stageWord(job, trans),
    title: (job, { trans }) => trans.__('%1 · %2', stageWord(job, trans), job.state)
  },
  {
    id: 'reason',
    label: trans => trans.__('Reason'),
    key: job => reason(job) || null,
    text: reason,
    title: job => [job.cause, job.error?.trim()].filter(Boolean).join('\n\n') || reason(job)
  },
  {
    id: 'node',
    label: trans => trans.__('Node'),
    key: job => job.node,
    form: job => length(job.node),
    text: job => job.node ?? '',
    title: place
  },
  {
    id: 'submitted',
    label: trans => trans.__('Submitted'),
    key: job => instant(job.submitted),
    form: job => day(job.submitted),
    text: (job, context) => clock(job.submitted, context)
  },
  {
    id: 'started',
    label: trans => trans.__('Started'),
    key: job => instant(job.started) ?? instant(job.estimated_start),
    form: ({ started, estimated_start }) => `${day(started)} ${day(estimated_start)}`,
    text: (job, context) =>
      job.started || !job.estimated_start
        ? clock(job.started, context)
        : context.trans.__('≈ %1', clock(job.estimated_start, context)),
    title: (job, { trans }) =>
      !job.started && job.estimated_start ? trans.__('When Slurm expects it to start') : ''
  },
  {
    id: 'time_left',
    label: trans => trans.__('Time left'),
    key: job => job.time_left ?? null,
    form: (job, context) => length(timeLeft(job, context)),
    text: timeLeft,
    isNumber: true
  },
  {
    id: 'workers',
    label: trans => trans.__('Workers'),
    key: job => job.workers,
    form: job => length(formatNumber(job.workers)),
    text: job => formatNumber(job.workers),
    isNumber: true
  },
  {
    id: 'memory',
    label: trans => trans.__('Memory'),
    key: job => job.memory ?? null,
    form: (job, { trans }) =>
      typeof job.memory === 'number' ? length(formatBytes(job.memory, trans)) : 0,
    text: memory,
    title: (job, { trans }) =>
      typeof job.memory === 'number' ? trans.__('Used by its workers, of what the job has') : '',
    isNumber: true
  },
  {
    id: 'cpu',
    label: trans => trans.__('CPU'),
    key: job => job.cpu ?? null,
    form: job => length(percent(job)),
    text: (job, { trans }) => (typeof job.cpu === 'number' ? trans.__('%1 %', percent(job)) : ''),
    title: cores,
    isNumber: true
  },
  {
    id: 'exit_code',
    label: trans => trans.__('Exit code'),
    key: job => job.exit_code ?? null,
    form: job => length(job.exit_code),
    text: job => job.exit_code ?? '',
    isNumber: true
  }
];

/** Return the jobs sorted. The sort is stable. */
export function sorted(jobs: readonly IJob[], { column, descending }: ISorting): IJob[] {
  const { key } = COLUMNS.find(({ id }) => id === column) ?? COLUMNS[0];
  const way = descending ? -1 : 1;
  return jobs
    .map(job => ({ job, key: key(job) }))
    .sort((a, b) => {
      if (a.key === b.key) {
        return 0;
      }
      if (a.key === null || b.key === null) {
        return a.key === null ? 1 : -1;
      }
      return a.key < b.key ? -way : way;
    })
    .map(({ job }) => job);
}
