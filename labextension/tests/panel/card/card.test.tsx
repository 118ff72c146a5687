import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ICluster } from '../../../src/api/restapi';
import { RestError } from '../../../src/api/restapi';
import { CommandIDs } from '../../../src/clusters/commandids';
import { expiryThreshold, idleThreshold } from '../../../src/clusters/ends';
import { aCluster, aProblem, aSite, deferred, noJobs } from '../../fixtures';
import { panelHarness } from '../../panelharness';

let panel: ReturnType<typeof panelHarness>;

beforeEach(() => {
  vi.useFakeTimers();
  panel = panelHarness();
});

afterEach(() => {
  panel.close();
  vi.useRealTimers();
});

const at = (seconds: number): string => new Date(Date.now() + 1000 * seconds).toISOString();
const click = (button: HTMLElement): Promise<void> => act(async () => void fireEvent.click(button));
const button = (name: string): HTMLButtonElement =>
  panel.card().getByRole('button', { name }) as HTMLButtonElement;

describe('an idle cluster', () => {
  const idle = (seconds: number, timeout: number): ICluster =>
    aCluster({
      options: { idle_timeout: timeout },
      idle_since: at(seconds - timeout),
      idle_stop: at(seconds)
    });
  const words = (): string | null =>
    panel.card().getByTestId('idle').querySelector('span')!.textContent;

  it.each([
    [8 * 3600, 3600],
    [2 * 3600, 1800],
    [600, 300],
    [60, 300]
  ])('with a time-out of %i s is counted down in the last %i s', (timeout, threshold) => {
    expect(idleThreshold(timeout)).toBe(threshold);
  });

  it('is said in its last hour: quietly at first, then counted down by the second', () => {
    panel.open(idle(4000, 1800));
    expect(panel.card().queryByTestId('idle')).toBeNull();
    act(() => void vi.advanceTimersByTime(430_000));
    expect(words()).toMatch(/^Idle; stops at .*$/);
    act(() => void vi.advanceTimersByTime(3_130_000));
    expect(words()).toBe('Idle; stops in 7 min 20 s');
    act(() => void vi.advanceTimersByTime(1000));
    expect(words()).toBe('Idle; stops in 7 min 19 s');
  });

  it('is not said of one that is stopping', () => {
    panel.open({ ...idle(100, 1800), status: 'stopping' });
    expect(panel.card().queryByTestId('idle')).toBeNull();
  });

  it('is extended by one whole time-out, once, and says why when it cannot be', async () => {
    panel.open(idle(100, 1800));
    const answer = deferred<ICluster>();
    panel.manager.extendIdle.mockReturnValueOnce(answer.promise);
    const extend = button('Extend the idle time of blue-otter');
    await click(extend);
    expect(extend.disabled).toBe(true);
    expect(panel.manager.extendIdle.mock.calls).toEqual([['3f9a12bc']]);
    await act(async () =>
      answer.reject(new RestError('its controller is of an older version', 404))
    );
    expect(within(panel.card().getByTestId('idle')).getByRole('alert').textContent).toBe(
      'its controller is of an older version'
    );
    expect(extend.disabled).toBe(false);
  });
});

describe('a cluster on its way to the first worker', () => {
  const wanted = { ...noJobs, desired: 2 };
  it.each<[Partial<ICluster>, string | null]>([
    [{ status: 'starting' }, 'controller'],
    [{ status: 'starting', awaits: 'scheduler' }, 'scheduler'],
    [{ jobs: wanted }, 'submission'],
    [{ jobs: { ...wanted, pending: 2 } }, 'queue'],
    [{ jobs: { ...wanted, pending: 1, running: 1 } }, 'worker'],
    [{ jobs: { ...wanted, running: 2, connected: 1 } }, null],
    [{ jobs: noJobs }, null],
    [{ jobs: wanted, problems: [aProblem()] }, null],
    [{ status: 'stopping', jobs: wanted }, null]
  ])('with %j awaits: %s', (changes, step) => {
    panel.open(aCluster(changes));
    expect(panel.card().queryByTestId('progress')?.dataset.step ?? null).toBe(step);
  });

  it('says how far it is, and what it waits for', () => {
    const problems = [aProblem({ code: 'controller_pending' })];
    panel.open(aCluster({ status: 'starting', awaits: 'controller', problems }));
    const bar = panel.card().getByRole('progressbar');
    expect(bar.getAttribute('aria-valuetext')).toBe('Controller waiting in the queue…');
    panel.event(aCluster({ status: 'starting', awaits: 'scheduler' }));
    expect(bar.getAttribute('aria-valuenow')).toBe('1');
    expect(panel.card().getByTestId('progress').textContent).toBe('Starting scheduler…');
  });
});

describe('what a cluster says of its life', () => {
  it('is how long it has lived, or since when it is over', () => {
    panel.open(aCluster({ created: at(-725) }));
    const age = (): string | null => panel.card().getByTestId('cluster-age').textContent;
    expect(age()).toBe('· 12 min');
    panel.event(aCluster({ status: 'failed', problems: [aProblem({ since: at(-130) })] }));
    expect(age()).toBe('· 2 min ago');
  });

  it.each([
    [26_640, '7.4 core-hours'],
    [10, '< 0.1 core-hours'],
    [0, null],
    [null, null],
    [undefined, null]
  ])('is what it has used: %s core seconds', (core_seconds, words) => {
    panel.open(aCluster({ core_seconds }));
    expect(panel.card().queryByTestId('core-hours')?.textContent ?? null).toBe(words);
  });

  it.each([
    [48, 'Slurm gave 48 CPUs'],
    [36, null],
    [null, null],
    [undefined, null]
  ])('is what Slurm gave to its 36 cores, where that is more: %s CPUs', (cpus, words) => {
    panel.open(aCluster({ cores: 36, cpus }));
    expect(panel.card().queryByTestId('cluster-given')?.textContent ?? null).toBe(words);
  });

  it.each([
    ['jobs_interrupted', 'running', 'jp-mod-warn'],
    ['workers_die', 'running', 'jp-mod-warn'],
    ['jobs_changed', 'running', 'jp-mod-warn'],
    ['jobs_failed', 'failed', 'jp-mod-error']
  ])('is what happened to its jobs, which alone is no failure: %s', (code, dot, kind) => {
    const message = 'Preempted: job 81_0. No result was lost.';
    panel.open(aCluster({ problems: [aProblem({ code, message })] }));
    const note: HTMLElement = panel.card().getByTestId('problem');
    expect(note.textContent).toContain(message);
    expect(note.firstElementChild?.className).toContain(kind);
    const card = note.closest('[data-testid="cluster-card"]');
    const mark = card?.querySelector<HTMLElement>('.jp-DaskSlurm-dot');
    expect(mark?.dataset.status).toBe(dot);
  });

  it.each<[ICluster['pending_reasons'], string]>([
    [undefined, 'Waiting for free cores or memory (Resources).'],
    [
      [{ reason: 'Resources', jobs: 4, explanation: null }],
      'Waiting for free cores or memory (Resources).'
    ],
    [
      [
        { reason: 'Resources', jobs: 3, explanation: null },
        { reason: 'NewWord', jobs: 2, explanation: null }
      ],
      '3 waiting for free cores or memory (Resources); 2 waiting (NewWord).'
    ],
    [
      ['A', 'B', 'C', 'D'].map(reason => ({ reason, jobs: 1, explanation: null })),
      '1 waiting (A); 1 waiting (B); 1 waiting (C); 1 for other reasons.Change…'
    ]
  ])('is why its jobs wait, each reason for itself: %j', (pending_reasons, words) => {
    const jobs = { ...noJobs, desired: 5, pending: 5 };
    panel.open(aCluster({ jobs, pending_reason: 'Resources', pending_reasons }));
    expect(panel.card().getByTestId('pending-reason').textContent).toBe(words);
  });

  it('is when its first job ends: quiet, then counted down with what follows', () => {
    const { options, jobs } = aCluster();
    panel.open(aCluster({ options: { ...options, walltime: 3600 }, next_job_ends: at(1080) }));
    const line = (): HTMLElement => panel.card().getByTestId('walltime');
    expect(line().textContent).toBe('Next walltime limit in 18 min');
    act(() => void vi.advanceTimersByTime(960_000));
    expect(line().textContent).toBe('Next walltime limit in 2 min. Another replaces it.');
    expect(line().className).toContain('jp-mod-warn');
    // Fewer jobs are wanted: none replaces it.
    panel.event(aCluster({ jobs: { ...jobs, desired: 1 }, next_job_ends: at(60) }));
    expect(line().textContent).toBe('Next walltime limit in 1 min.');
  });
});

describe('a cluster whose jobs have more than they use', () => {
  const usage = {
    jobs: 4,
    busy_seconds: 7200,
    cpu_mean: null,
    memory_peak: 3.1e9,
    worker_peak: 1e9,
    memory_spilled: 0,
    paused_seconds: 0,
    memory_kills: 0
  };
  const large = { usage, advice: { memory: 5e9, cores: null } };

  it('says so, with the way to a better size', async () => {
    panel.open(aCluster(large));
    expect(panel.card().getByTestId('size-advice').textContent).toBe(
      'Asked for 16 GB per job, peak 3.1 GB: 5 GB would do. Change…'
    );
    await click(button('Change…'));
    expect(panel.executed).toEqual([[CommandIDs.change, { id: '3f9a12bc', advised: true }]]);
  });

  it('says nothing once it is being stopped, or without advice', () => {
    panel.open(aCluster({ ...large, status: 'stopping' }));
    expect(panel.card().queryByTestId('size-advice')).toBeNull();
    panel.event(aCluster({ usage, advice: null }));
    expect(panel.card().queryByTestId('size-advice')).toBeNull();
  });
});

describe('a cluster with a last moment', () => {
  it.each([
    [7 * 86_400, 3600],
    [3600, 360]
  ])('that lives %i s warns in the last %i s', (life, threshold) => {
    expect(expiryThreshold(life)).toBe(threshold);
  });

  it('says it quietly, then warns', () => {
    panel.open(aCluster({ created: at(-82_800), expires: at(3660) }));
    const line = (): HTMLElement => panel.card().getByTestId('expires');
    expect(line().textContent).toMatch(/^Ends .* at the latest$/);
    act(() => void vi.advanceTimersByTime(3_600_000));
    expect(line().textContent).toBe('Ends in 1 min, whatever it does. Save what matters.');
    expect(line().className).toContain('jp-mod-warn');
  });
});

describe('a cluster that is over', () => {
  const over = (code: string): ICluster =>
    aCluster({ status: 'failed', problems: [aProblem({ code, message: 'words', advice: null })] });

  it.each([
    ['idle', 'ended', 'Idle time-out'],
    ['maximum_age', 'ended', 'Maximum age'],
    ['shut_down', 'ended', 'A client shut it down'],
    ['controller_died', 'failed', 'Its controller died'],
    ['jobs_unaccounted', 'failed', 'Slurm does not know all of its jobs'],
    ['start_failed', 'failed', 'It could not start'],
    ['new_code', 'failed', 'New code']
  ])('for %s is called %s, and says what happened', (code, word, title) => {
    panel.open(over(code));
    expect(panel.card().getByTestId('cluster-status').textContent).toBe(word);
    const note = panel.card().getByTestId('problem');
    expect(note.textContent).toContain(title);
    expect(note.firstElementChild?.className.includes('jp-mod-error')).toBe(word === 'failed');
  });

  it('is started again, and the new one is brought into view', async () => {
    panel.open(over('idle'));
    const answer = deferred<ICluster>();
    panel.manager.startAgain.mockReturnValueOnce(answer.promise);
    const again = button('Start Again');
    await click(again);
    expect(again.textContent).toBe('Starting…');
    expect(again.disabled).toBe(true);
    await act(async () => answer.resolve(aCluster({ id: 'anew' })));
    expect(panel.manager.startAgain.mock.calls).toEqual([['3f9a12bc']]);
    expect(panel.model.revealing).toBe('anew');
  });

  it('gives the focus to the new one: the button that was pressed is gone', () => {
    Element.prototype.scrollIntoView = vi.fn();
    panel.open(over('idle'), aCluster({ id: 'anew', name: 'grey-heron' }));
    act(() => {
      panel.model.revealing = 'anew';
    });
    const card = screen.getByRole('listitem', { name: 'Cluster grey-heron' });
    expect(document.activeElement).toBe(card);
    expect(card.scrollIntoView).toHaveBeenCalledOnce();
    expect(panel.model.revealing).toBeNull();
  });

  it('is changed in a form that begins with its options', async () => {
    panel.open(over('controller_died'));
    await click(button('Change…'));
    expect(panel.executed).toEqual([[CommandIDs.change, { id: '3f9a12bc', advised: false }]]);
  });

  it('says on its card why it cannot be started again', async () => {
    panel.open(over('controller_died'));
    panel.manager.startAgain.mockRejectedValueOnce(
      new RestError('its jobs are still being cancelled', 409, 'WrongState')
    );
    await click(button('Start Again'));
    expect(panel.card().getByTestId('start-again-error').textContent).toBe(
      'its jobs are still being cancelled'
    );
    expect(button('Start Again').disabled).toBe(false);
  });
});

describe('a problem', () => {
  it('of a silent Slurm says since when, with its words below, and is not retried', () => {
    const since = at(-600);
    const problem = aProblem({ code: 'slurm_silent', message: 'squeue: timed out', since });
    panel.open(aCluster({ problems: [problem] }));
    const note = panel.card().getByTestId('problem').textContent;
    expect(note).toMatch(/^Slurm does not answer since \d.*squeue: timed out/);
    expect(note).not.toContain('ago');
    expect(panel.card().queryByRole('button', { name: 'Retry' })).toBeNull();
  });

  it.each([
    ['controller_pending', 'jp-mod-warn'],
    ['jobs_failed', 'jp-mod-error']
  ])('of %s is shown as %s', (code, kind) => {
    panel.open(aCluster({ status: 'starting', problems: [aProblem({ code })] }));
    expect(panel.card().getByTestId('problem').firstElementChild?.className).toContain(kind);
  });

  it('of tasks without a job offers to scale', async () => {
    const cluster = aCluster({ problems: [aProblem({ code: 'tasks_waiting' })] });
    const { manager } = panel;
    panel.open(cluster);
    manager.scale.mockRejectedValueOnce(new Error('too many jobs'));
    const note = panel.card().getByTestId('problem');
    expect(note.firstElementChild?.className).toContain('jp-mod-warn');
    await act(async () => {
      fireEvent.click(panel.card().getByRole('button', { name: 'Scale to 1 Job' }));
      await Promise.resolve();
    });
    expect(manager.scale).toHaveBeenCalledExactlyOnceWith(cluster.id, { jobs: 1 });
    expect(note.textContent).toContain('too many jobs');
  });

  it.each([
    ['submission_refused', true],
    ['jobs_failed', true],
    ['jobs_crash', true],
    ['jobs_vanish', true],
    ['jobs_unlisted', true],
    ['data_stuck', false],
    ['tasks_unrunnable', false],
    ['unheard_of', false]
  ])('of %s offers to retry: %s', (code, offered) => {
    panel.open(aCluster({ problems: [aProblem({ code })] }));
    expect(panel.card().queryByRole('button', { name: 'Retry' }) !== null).toBe(offered);
  });

  it('links to what explains it, where that is served', () => {
    const link = (): HTMLElement | null => panel.card().queryByRole('link', { name: 'Learn more' });
    panel.open(aCluster({ problems: [aProblem({ code: 'jobs_failed' })] }));
    expect(link()).toBeNull();
    panel.manager.site = aSite({ documentation_url: 'https://docs.example.org/' });
    panel.event(aCluster({ problems: [aProblem({ code: 'jobs_failed' })] }));
    expect(link()!.getAttribute('href')).toBe(
      'https://docs.example.org/troubleshooting.html#jobs-failed'
    );
  });
});
