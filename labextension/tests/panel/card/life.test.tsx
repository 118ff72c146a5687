import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IActivity, ICluster } from '../../../src/api/restapi';
import { Histories, pointsOf, WINDOW } from '../../../src/panel/card/history';
import { aCluster } from '../../fixtures';
import { panelHarness } from '../../panelharness';

const busy: IActivity = {
  tasks_left: 1578,
  tasks_processing: 16,
  tasks_done: 422,
  tasks_erred: 0,
  tasks_per_second: 39.5,
  cpu: 82,
  memory_used: 41e9,
  memory_limit: 64e9,
  clients: []
};

const living = (changes: Partial<IActivity> = {}): ICluster =>
  aCluster({ activity: { ...busy, ...changes } });

describe('the life of a cluster', () => {
  let panel: ReturnType<typeof panelHarness>;

  beforeEach(() => {
    panel = panelHarness();
  });

  afterEach(() => {
    panel.close();
    vi.useRealTimers();
  });

  const life = (): HTMLElement => panel.card().getByTestId('life');

  it('is its tasks, how far they are, and what its workers use', () => {
    panel.open(living());
    expect(panel.card().getByTestId('tasks').textContent).toBe('1578 left · 40 s');
    const bar = panel.card().getByRole('progressbar', { name: 'Tasks' });
    expect([bar.getAttribute('aria-valuenow'), bar.getAttribute('aria-valuemax')]).toEqual([
      '422',
      '2000'
    ]);
    expect(life().textContent).toContain('CPU82 %');
    expect(life().textContent).toContain('Memory41 of 64 GB');
    expect(life().dataset.busy).toBe('true');
  });

  it.each<[string, Partial<IActivity>, string]>([
    ['no time that nobody knows', { tasks_per_second: null }, '1578 left'],
    ['nothing of nothing', { tasks_left: 0, tasks_per_second: null }, 'none'],
    ['what failed', { tasks_left: 0, tasks_erred: 3, tasks_per_second: null }, '3 failed']
  ])('says of tasks %s', (_, changes, words) => {
    panel.open(living(changes));
    expect(panel.card().getByTestId('tasks').textContent).toBe(words);
  });

  it('is quiet without tasks', () => {
    panel.open(living({ tasks_left: 0 }));
    expect(life().dataset.busy).toBeUndefined();
  });

  it.each<[IActivity['clients'], string | null]>([
    [[], null],
    [[{ name: null, host: '10.0.0.1' }], '1 client'],
    [
      [
        { name: '/home/ada/weather.ipynb', host: null },
        { name: '/home/ada/weather.ipynb', host: null },
        { name: 'loader', host: null },
        { name: null, host: null }
      ],
      'weather.ipynb, loader, 1 other client'
    ]
  ])('is what uses it: %j', (clients, words) => {
    panel.open(living({ clients }));
    expect(panel.card().queryByTestId('used-by')?.textContent ?? null).toBe(words);
  });

  it.each<[string, ICluster]>([
    ['of an older controller', aCluster()],
    ['of one that has not said', aCluster({ activity: null })],
    ['of one that is stopping', { ...living(), status: 'stopping' }]
  ])('is not made up %s', (_, cluster) => {
    panel.open(cluster);
    expect(panel.card().queryByTestId('life')).toBeNull();
  });

  it('has plots of what was, as far as it was seen', () => {
    vi.useFakeTimers();
    panel.open(living({ cpu: 10 }));
    const line = (): Element | null => life().querySelector('[data-kind="cpu"] > polyline');
    expect(line()).toBeNull();
    vi.advanceTimersByTime(20_000);
    panel.event(living({ cpu: 50 }));
    expect(line()!.getAttribute('points')!.split(' ')).toHaveLength(3);
  });
});

describe('the history', () => {
  const seconds = (time: number): number => 1000 * time;

  it('takes down what is new, once, and no more than its window', () => {
    const histories = new Histories();
    const cluster = living();
    histories.update([cluster], seconds(0));
    histories.update([{ ...cluster }], seconds(5));
    expect(histories.of(cluster.id)).toHaveLength(1);
    for (let time = 10; time <= 3 * WINDOW; time += 5) {
      histories.update([living({ cpu: time % 100 })], seconds(time));
    }
    expect(histories.of(cluster.id)).toHaveLength(WINDOW / 5 + 2); // both ends, and the one before
    histories.update([], seconds(3 * WINDOW));
    expect(histories.of(cluster.id)).toEqual([]);
  });

  it('is drawn from the left to now, and what was last holds until then', () => {
    const samples = [
      { time: seconds(0), cpu: 0.5, memory: 0.1 },
      { time: seconds(90), cpu: 1, memory: 0.2 }
    ];
    expect(pointsOf(samples, 'cpu', seconds(180))).toEqual([
      [0, 0.5],
      [50, 1],
      [100, 1]
    ]);
    expect(pointsOf(samples.slice(1), 'memory', seconds(90))).toEqual([]);
    expect(pointsOf(samples.slice(1), 'memory', seconds(120))).toEqual([
      [50, 0.2],
      [100, 0.2]
    ]);
    expect(pointsOf([], 'cpu', 0)).toEqual([]);
  });
});
