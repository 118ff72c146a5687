import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RestError } from '../../../src/api/restapi';
import type { IJob } from '../../../src/api/restapi';
import type { ICluster } from '../../../src/api/restapi';
import { CommandIDs } from '../../../src/clusters/commandids';
import { formatClock } from '../../../src/clusters/words/format';
import { COLUMNS } from '../../../src/views/jobs/columns';
import { JobsModel } from '../../../src/views/jobs/model';
import { JobsView } from '../../../src/views/jobs/view';
import { aCluster, aJob, aSite, deferred } from '../../fixtures';
import { viewHarness, settle, giveElementsSize } from '../../viewharness';

let view: ReturnType<typeof aJobsView>;

const aJobsView = () =>
  viewHarness(
    manager => new JobsModel({ manager, id: '3f9a12bc', name: 'blue-otter' }),
    model => <JobsView model={model} />
  );

beforeEach(() => {
  vi.useFakeTimers();
  giveElementsSize(600);
  view = aJobsView();
});

afterEach(() => {
  view.close();
  vi.useRealTimers();
});

const open = async (...jobs: IJob[]): Promise<void> => {
  view.manager.jobs.mockResolvedValue(jobs);
  await view.open();
};
const table = (): HTMLElement => screen.getByRole('grid', { name: 'Jobs of blue-otter' });
const rows = (): HTMLElement[] => screen.queryAllByTestId('job-row');
const ids = (): (string | undefined)[] => rows().map(row => row.dataset.jobId);
const cells = (row: HTMLElement): (string | null)[] =>
  within(row)
    .getAllByRole('gridcell')
    .map(cell => cell.textContent);
/** What the cell below the mouse says: no other has a title. */
const titleOf = (row: HTMLElement, column: string): string | null => {
  const cell = row.querySelector<HTMLElement>(`[data-column="${column}"]`)!;
  fireEvent.mouseMove(cell);
  expect(table().querySelectorAll('[role="gridcell"][title]')).toHaveLength(1);
  return cell.getAttribute('title');
};
const hover = (row: HTMLElement): void => void fireEvent.mouseOver(row);
const buttons = (row: HTMLElement): (string | null)[] =>
  within(row)
    .queryAllByRole('button')
    .map(button => button.getAttribute('aria-label'));
const scrollTo = (top: number): void =>
  act(() => void fireEvent.scroll(table(), { target: { scrollTop: top } }));
const click = (button: HTMLElement): Promise<void> => act(async () => void fireEvent.click(button));

describe('the table of jobs', () => {
  it('says of a job that ended the line of its log that says why, and its end when asked', async () => {
    const error = 'ValueError: no x\nEnd worker';
    const ended = aJob({ id: '80_0', stage: 'ended', state: 'FAILED', error });
    await open({ ...ended, cause: 'ValueError: no x' }, { ...ended, id: '80_1' });
    expect(rows().map(row => cells(row)[3])).toEqual(['ValueError: no x', 'End worker']);
  });

  it('says of each job what it does, and what it uses', async () => {
    const submitted = '2026-11-23T10:00:00Z';
    await open(
      aJob({ id: '80_0', stage: 'ended', state: 'FAILED', exit_code: '1:0', error: 'one\nno x\n' }),
      aJob({ id: '81_0', submitted, started: submitted }),
      aJob({
        id: '81_1',
        stage: 'pending',
        state: 'PENDING',
        reason: 'Resources',
        explanation: 'waits for free cores or memory',
        node: null,
        submitted,
        started: null,
        estimated_start: submitted,
        time_left: null,
        workers: 0,
        memory: null,
        cpu: null
      })
    );
    const clock = formatClock(submitted, Date.now());
    expect(rows().map(cells)).toEqual([
      // prettier-ignore
      ['81_0', '', 'connected', '', 'n1', clock, clock, '20 min', '4', '4 GB of 16 GB', '350 %', ''],
      // prettier-ignore
      ['81_1', '', 'pending', 'waits for free cores or memory (Resources)', '', clock, `≈ ${clock}`, '', '0', '', '', ''],
      // prettier-ignore
      ['80_0', '', 'ended (FAILED)', 'no x', 'n1', clock, expect.anything(), '20 min', '4', '4 GB of 16 GB', '350 %', '1:0']
    ]);
    expect(titleOf(rows()[0], 'cpu')).toBe('3.5 of 12 cores');
  });

  it('says in Slurm’s word what it does not know, and what is suspended', async () => {
    await open(
      aJob({ id: '81_0', stage: 'unknown', state: 'HIBERNATING' }),
      aJob({ id: '81_1', stage: 'unknown', state: 'UNKNOWN' }),
      aJob({ id: '81_2', state: 'SUSPENDED' })
    );
    const states = rows().map(row => row.querySelector('[data-column="stage"]')?.textContent);
    expect(states).toEqual(['HIBERNATING', 'not reported', 'suspended']);
  });

  it('says what Slurm gave where that is more than the workers use, and where', async () => {
    await open(
      aJob({ id: '81_0', cpus: 16, partition: 'whole' }),
      aJob({ id: '81_1', cpus: 12 }),
      aJob({ id: '81_2', cpus: 16, cpu: null })
    );
    const titles = (column: string): (string | null)[] => rows().map(row => titleOf(row, column));
    const given = 'Slurm gave 16 CPUs, its workers use 12';
    expect(titles('cpu')).toEqual([`3.5 of 12 cores · ${given}`, '3.5 of 12 cores', given]);
    expect(titles('node')).toEqual(['n1, partition whole', 'n1', 'n1']);
  });

  it('keeps those that ended well folded at its foot', async () => {
    const scaledAway = aJob({ id: '80_0', stage: 'ended', state: 'CANCELLED', requested: true });
    await open(scaledAway, aJob({ id: '81_0' }));
    expect(ids()).toEqual(['81_0']);
    expect(screen.getByTestId('jobs-count').textContent).toBe('1 of 2 jobs');
    const fold = screen.getByTestId('ended-jobs');
    expect([fold.textContent, fold.getAttribute('aria-expanded')]).toEqual([
      'Show 1 ended job',
      'false'
    ]);
    await click(fold);
    expect(ids()).toEqual(['81_0', '80_0']);
    expect(cells(rows()[1])[2]).toBe('ended as asked');
    await click(fold);
    expect(ids()).toEqual(['81_0']);
  });

  it('draws only those that are seen, and tells how many there are', async () => {
    await open(...Array.from({ length: 5000 }, (_, n) => aJob({ id: `81_${n}` })));
    expect(rows().length).toBeLessThan(60);
    expect(table().getAttribute('aria-rowcount')).toBe('5001');
    expect(rows()[1].getAttribute('aria-rowindex')).toBe('3');
    expect(screen.getByTestId('jobs-count').textContent).toBe('5000 jobs');
  });

  it('is sorted by a press on a column, and the other way by the next', async () => {
    await open(aJob({ id: '81_0', cpu: 5 }), aJob({ id: '81_1', cpu: 1 }));
    const cpu = screen.getByRole('columnheader', { name: /CPU/ });
    expect(cpu.getAttribute('aria-sort')).toBe('none');
    await click(within(cpu).getByRole('button'));
    expect([cpu.getAttribute('aria-sort'), ids()]).toEqual(['ascending', ['81_1', '81_0']]);
    await click(within(cpu).getByRole('button'));
    expect([cpu.getAttribute('aria-sort'), ids()]).toEqual(['descending', ['81_0', '81_1']]);
  });

  it('is filtered by text and by state; the way back is offered where nothing is left', async () => {
    await open(aJob({ id: '81_0' }), aJob({ id: '81_1', stage: 'pending' }));
    const chip = screen.getByRole('button', { name: 'pending 1' });
    await click(chip);
    expect([chip.getAttribute('aria-pressed'), ids()]).toEqual(['true', ['81_1']]);
    fireEvent.change(screen.getByTestId('jobs-filter'), { target: { value: '81_0' } });
    expect(ids()).toEqual([]);
    expect(screen.getByTestId('jobs-count').textContent).toBe('0 of 2 jobs');
    await click(screen.getByRole('button', { name: 'Show all' }));
    expect(ids()).toEqual(['81_0', '81_1']);
  });

  it('is gone through by keys, and leads to the log', async () => {
    await open(...[0, 1, 2].map(n => aJob({ id: `81_${n}` })));
    const active = (): string | undefined =>
      document.getElementById(table().getAttribute('aria-activedescendant') ?? '')?.dataset.jobId;
    const press = (key: string): void => void fireEvent.keyDown(table(), { key });
    press('ArrowDown');
    expect(active()).toBe('81_0');
    press('End');
    expect(active()).toBe('81_2');
    press('ArrowDown');
    press('ArrowUp');
    expect(active()).toBe('81_1');
    // Only the active row has buttons in the tab order.
    hover(rows()[2]);
    const tabIndices = rows().map(row =>
      within(row)
        .queryAllByRole('button')
        .map(button => button.tabIndex)
    );
    expect(tabIndices).toEqual([[], [0, 0, 0], [-1, -1, -1]]);
    press('Enter');
    expect(view.executed).toEqual([[CommandIDs.showLog, { id: '3f9a12bc', source: '81_1' }]]);
  });

  it('cancels after a question, and replaces at once, or says why not', async () => {
    await open(aJob());
    hover(rows()[0]);
    await click(screen.getByRole('button', { name: 'Cancel job 81_3' }));
    expect(view.executed).toEqual([[CommandIDs.cancelJob, { id: '3f9a12bc', job: '81_3' }]]);
    const answer = deferred<ICluster>();
    view.manager.replaceJob.mockReturnValueOnce(answer.promise);
    const replace = screen.getByRole('button', { name: 'Replace job 81_3' }) as HTMLButtonElement;
    await click(replace);
    await click(replace);
    expect(view.manager.replaceJob.mock.calls).toEqual([['3f9a12bc', '81_3']]);
    expect(replace.getAttribute('aria-disabled')).toBe('true');
    await act(async () => answer.reject(new RestError('it is leaving already', 409)));
    expect(screen.getByTestId('jobs-refusal').textContent).toBe('it is leaving already');
    expect(replace.getAttribute('aria-disabled')).toBe('false');
  });

  it('has buttons in the row that is active or below the mouse, and in no other', async () => {
    const ended = aJob({ id: '80_0', stage: 'ended', state: 'FAILED', error: 'no x' });
    await open(...[0, 1, 2].map(n => aJob({ id: `81_${n}` })), ended);
    const all = (id: string): string[] =>
      ['Log of', 'Replace', 'Cancel'].map(a => `${a} job ${id}`);
    expect(rows().map(buttons)).toEqual([[], [], [], []]);
    hover(rows()[1]);
    expect(rows().map(buttons)).toEqual([[], all('81_1'), [], []]);
    await click(rows()[0]);
    hover(rows()[3]);
    expect(rows().map(buttons)).toEqual([all('81_0'), [], [], ['Log of job 80_0']]);
    fireEvent.mouseLeave(rows()[3].parentElement!);
    expect(rows().map(buttons)).toEqual([all('81_0'), [], [], []]);
  });

  it('keeps the focus on a button of a job that is replaced, moves, or goes out of sight', async () => {
    const jobs = Array.from({ length: 100 }, (_, n) => aJob({ id: `81_${n}` }));
    await open(...jobs);
    const answer = deferred<ICluster>();
    view.manager.replaceJob.mockReturnValueOnce(answer.promise);
    await click(rows()[0]);
    const replace = (): HTMLElement => screen.getByRole('button', { name: 'Replace job 81_0' });
    const element = replace();
    replace().focus();
    await click(replace());
    expect(document.activeElement).toBe(element);
    await act(async () => answer.resolve(aCluster()));
    expect(document.activeElement).toBe(element);
    // Another comes before it: it has another element.
    view.manager.jobs.mockResolvedValue([aJob({ id: '80_0' }), ...jobs]);
    await settle(6000);
    expect(ids()[1]).toBe('81_0');
    expect(document.activeElement).toBe(replace());
    expect(replace()).not.toBe(element);
    scrollTo(1400);
    expect(ids()).not.toContain('81_0');
    expect(document.activeElement).toBe(table());
    // And the keys go on from it.
    fireEvent.keyDown(table(), { key: 'ArrowDown' });
    scrollTo(0);
    expect(buttons(rows()[2])).toContain('Log of job 81_1');
    expect(document.activeElement).toBe(table());
  });

  it('shows what comes into sight in the elements of what leaves it, and leaves the others alone', async () => {
    await open(...Array.from({ length: 5000 }, (_, n) => aJob({ id: `81_${n}` })));
    const before = new Map(rows().map(row => [row, row.dataset.jobId]));
    scrollTo(28 * 10);
    const other = rows().filter(row => row.dataset.jobId !== before.get(row));
    expect(new Set(rows())).toEqual(new Set(before.keys()));
    // Four of the ten were drawn already, and four above are still.
    expect(other).toHaveLength(6);
    const seen = rows()
      .map(row => Number(row.getAttribute('aria-rowindex')) - 2)
      .sort((a, b) => a - b);
    expect(seen).toEqual(Array.from(before, (_, i) => 6 + i));
    for (const row of rows()) {
      const index = Number(row.getAttribute('aria-rowindex')) - 2;
      expect([row.dataset.jobId, row.style.transform]).toEqual([
        `81_${index}`,
        `translateY(${28 * index}px)`
      ]);
    }
    scrollTo(28 * 5000);
    expect(ids()).toContain('81_4999');
    expect(rows()).toHaveLength(before.size);
  });

  it('draws a row again when its job has changed, and not with every event', async () => {
    const jobs = [0, 1, 2].map(n => aJob({ id: `81_${n}` }));
    const text = vi.spyOn(
      COLUMNS.find(({ id }) => id === 'workers')!,
      'text'
    );
    await open(...jobs);
    const drawn = (): string[] => text.mock.calls.splice(0).map(([{ id }]) => id);
    drawn();
    await view.event(aCluster({ options: { ...aCluster().options } }));
    await settle(6000);
    expect(drawn()).toEqual([]);
    view.manager.jobs.mockResolvedValue([...jobs.slice(0, 2), aJob({ id: '81_2', workers: 3 })]);
    await settle(6000);
    expect(new Set(drawn())).toEqual(new Set(['81_2']));
  });

  it('says that its cluster is gone', async () => {
    await open(aJob());
    await view.event();
    expect(screen.getByTestId('cluster-gone').textContent).toContain('blue-otter is gone');
    expect(ids()).toEqual(['81_3']);
  });

  it('says why it has no answer', async () => {
    view.manager.jobs.mockRejectedValue(new RestError('its controller does not answer', 503));
    await view.open();
    expect(screen.getByTestId('jobs-problem').textContent).toBe('its controller does not answer');
    view.manager.jobs.mockResolvedValue([]);
    await settle(60_000);
    expect(screen.queryByTestId('jobs-problem')).toBeNull();
    expect(screen.getByText('It has no jobs.')).toBeTruthy();
  });

  it('shows the log, and no more, to a user who may only read', async () => {
    view.manager.site = aSite({ read_only: true });
    await open(aJob({ id: '81_3' }));
    hover(rows()[0]);
    const isDisabled = (name: string): boolean =>
      screen.getByRole('button', { name: `${name} job 81_3` }).matches(':disabled');
    expect(['Log of', 'Replace', 'Cancel'].map(isDisabled)).toEqual([false, true, true]);
  });
});
