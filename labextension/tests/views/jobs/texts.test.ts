import { describe, expect, it, vi } from 'vitest';

import type { ICellContext } from '../../../src/views/jobs/columns';
import { COLUMNS } from '../../../src/views/jobs/columns';
import { textsOf, tracksOf, widthsOf } from '../../../src/views/jobs/texts';
import { aJob, trans } from '../../fixtures';

const context: ICellContext = { cores: 12, memory: 16e9, today: 0, trans };
const widthOf = (column: string, ...jobs: ReturnType<typeof aJob>[]): number | null =>
  widthsOf(jobs, context)[COLUMNS.findIndex(({ id }) => id === column)];

describe('the texts of jobs', () => {
  it('are made once for a job, and again for what is around it', () => {
    const job = aJob();
    const text = vi.spyOn(COLUMNS[0], 'text');
    expect(textsOf(job, context)).toBe(textsOf(job, context));
    expect(text).toHaveBeenCalledTimes(1);
    const other = { ...context, memory: 32e9 };
    expect(textsOf(job, other)).toContain('4 GB of 32 GB');
    expect(textsOf(aJob(), other)).not.toBe(textsOf(job, other));
  });
});

describe('the columns', () => {
  it('are as wide as the widest text in them, or their label', () => {
    const short = aJob();
    const cut = aJob({ stage: 'ended', state: 'CANCELLED' });
    // The state is never cut: capitals are wider than digits.
    expect(widthOf('stage', short, cut)).toBeGreaterThanOrEqual('ended (CANCELLED)'.length + 2);
    expect(widthOf('stage', short)).toBeLessThan(widthOf('stage', short, cut)!);
    const node = aJob({ node: 'node-0001-0002-0003-0004' });
    expect(widthOf('node', short, node)).toBeGreaterThan(2 * widthOf('node', short)!);
    const few = aJob({ memory: 66.9e6 });
    expect(widthOf('memory', short, few)).toBeGreaterThan(widthOf('memory', short)!);
    expect(widthOf('exit_code')).toBeGreaterThanOrEqual('Exit code'.length);
    expect(widthOf('reason', short)).toBeNull();
  });

  it('are measured by a few of many jobs', () => {
    const jobs = Array.from({ length: 5000 }, (_, n) => aJob({ id: `81_${n}` }));
    const texts = COLUMNS.map(column => vi.spyOn(column, 'text'));
    widthsOf(jobs, context);
    for (const text of texts) {
      expect(text.mock.calls.length).toBeLessThan(10);
    }
  });

  it('leave the rest to one, and a place for the buttons after the first', () => {
    const { columns, least } = tracksOf([6, 10, null]);
    expect(columns).toBe('calc(6ch + 14px) 86px calc(10ch + 14px) minmax(calc(13ch + 14px), 1fr)');
    expect(least).toBe('calc(29ch + 3 * 14px + 86px)');
  });
});
