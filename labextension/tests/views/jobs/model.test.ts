import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IJob } from '../../../src/api/restapi';
import { RestError } from '../../../src/api/restapi';
import { keepUnchanged } from '../../../src/base/unchanged';
import { idKey } from '../../../src/clusters/words/jobs';
import { kindOf } from '../../../src/clusters/words/jobs';
import { isSameJob, JobsModel } from '../../../src/views/jobs/model';
import type { FakeManager } from '../../fakes';
import { fakeManager } from '../../fakes';
import { aCluster, aJob, deferred } from '../../fixtures';

let manager: FakeManager;
let model: JobsModel;

beforeEach(() => {
  vi.useFakeTimers();
  manager = fakeManager([aCluster()]);
  model = new JobsModel({ manager, id: '3f9a12bc', name: 'blue-otter' });
});

afterEach(() => {
  model.dispose();
  vi.useRealTimers();
});

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
const ids = (): string[] => model.rows.map(job => job.id);

async function show(...jobs: IJob[]): Promise<void> {
  manager.jobs.mockResolvedValue(jobs);
  model.isShown = true;
  await pass(50);
}

describe('a tab of jobs', () => {
  it('asks for them while it is seen only, and at its user’s wish only the first time', async () => {
    expect(manager.jobs).not.toHaveBeenCalled();
    await show(aJob());
    await pass(5000);
    expect(manager.jobs.mock.calls).toEqual([
      ['3f9a12bc', { background: false }],
      ['3f9a12bc', { background: true }]
    ]);
    model.isShown = false;
    await pass(60_000);
    expect(manager.jobs).toHaveBeenCalledTimes(2);
    model.isShown = true;
    await pass(50);
    expect(manager.jobs).toHaveBeenCalledTimes(3);
  });

  it('asks again after an event about its cluster, but not for each of a storm', async () => {
    await show(aJob());
    for (let cores = 1; cores <= 20; cores++) {
      manager.clusters = [aCluster({ cores })];
      manager.changed.emit();
      await pass(20);
    }
    await pass(1000);
    expect(manager.jobs.mock.calls.length).toBeLessThanOrEqual(3);
    expect(manager.jobs.mock.calls.length).toBeGreaterThanOrEqual(2);
    const before = manager.jobs.mock.calls.length;
    manager.changed.emit(); // About another cluster.
    await pass(1200);
    expect(manager.jobs).toHaveBeenCalledTimes(before);
  });

  it('asks less often for thousands', async () => {
    await show(...Array.from({ length: 5000 }, (_, n) => aJob({ id: `81_${n}` })));
    await pass(15_000);
    // The one that was due when the first response arrived, and no other.
    expect(manager.jobs.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('stops when its cluster is gone, and keeps what was known last', async () => {
    await show(aJob());
    manager.clusters = [];
    manager.changed.emit();
    expect(model.isGone).toBe(true);
    expect(model.wasSeen).toBe(true);
    await pass(60_000);
    expect(manager.jobs).toHaveBeenCalledTimes(1);
    expect(ids()).toEqual(['81_3']);
  });

  it('is not gone while nobody knows the clusters', () => {
    manager.connection = 'failed';
    manager.clusters = [];
    manager.changed.emit();
    expect(model.isGone).toBe(false);
  });

  it('says why it has no answer, and keeps the last one', async () => {
    await show(aJob());
    manager.jobs.mockRejectedValueOnce(new RestError('its controller does not answer', 503));
    await model.refresh();
    expect(model.problem).toBe('its controller does not answer');
    expect(ids()).toEqual(['81_3']);
    await model.refresh();
    expect(model.problem).toBeNull();
  });

  it('does not take an old answer for news', async () => {
    const slow = deferred<IJob[]>();
    manager.jobs.mockReturnValueOnce(slow.promise);
    model.isShown = true;
    await pass(50);
    manager.jobs.mockResolvedValue([aJob({ id: '82_0' })]);
    await model.refresh();
    slow.resolve([aJob({ id: '81_0' })]);
    await pass(50);
    expect(ids()).toEqual(['82_0']);
  });

  it('gives rows back as they were where nothing changed', async () => {
    await show(aJob({ id: '81_0' }), aJob({ id: '81_1' }));
    const { rows } = model;
    manager.jobs.mockResolvedValue([aJob({ id: '81_0' }), aJob({ id: '81_1' })]);
    await model.refresh();
    expect(model.rows).toBe(rows);
    manager.jobs.mockResolvedValue([aJob({ id: '81_0' }), aJob({ id: '81_1', cpu: 1 })]);
    await model.refresh();
    expect(model.rows[0]).toBe(rows[0]);
    expect(model.rows[1]).not.toBe(rows[1]);
  });
});

describe('its rows', () => {
  const jobs = [
    aJob({ id: '81_10', cpu: 20, node: 'n2' }),
    aJob({ id: '81_9', cpu: 300, node: null, stage: 'pending', reason: 'Resources' }),
    aJob({ id: '80_0', cpu: null, stage: 'ended', state: 'FAILED', error: 'No module named x' })
  ];

  it('are sorted by number within an array, and by array; ended ones are last', async () => {
    await show(...jobs, aJob({ id: '79_0' }));
    expect(ids()).toEqual(['79_0', '81_9', '81_10', '80_0']);
    model.sorting = { column: 'id', descending: true };
    expect(ids()).toEqual(['81_10', '81_9', '79_0', '80_0']);
  });

  it('leave out those that ended well, until they are asked for, filtered or alone', async () => {
    const ended = [
      aJob({ id: '79_1', stage: 'ended', state: 'CANCELLED', requested: true }),
      aJob({ id: '79_0', stage: 'ended', state: 'TIMEOUT' })
    ];
    await show(...ended, ...jobs);
    expect([ids(), model.foldable]).toEqual([['81_9', '81_10', '80_0'], 2]);
    model.showsEnded = true;
    expect(ids()).toEqual(['81_9', '81_10', '79_0', '79_1', '80_0']);
    model.showsEnded = false;
    model.text = '79_';
    expect([ids(), model.foldable]).toEqual([['79_0', '79_1'], 0]);
    model.showAll();
    model.toggle('ended');
    expect([ids(), model.foldable]).toEqual([['79_0', '79_1'], 0]);
    model.showAll();
    manager.jobs.mockResolvedValue(ended);
    await model.refresh();
    expect([ids(), model.foldable]).toEqual([['79_0', '79_1'], 0]);
  });

  it.each([
    ['cpu', false, ['81_10', '81_9', '80_0']],
    ['cpu', true, ['81_9', '81_10', '80_0']],
    ['node', false, ['81_10', '81_9', '80_0']],
    ['node', true, ['81_10', '81_9', '80_0']],
    ['stage', false, ['81_10', '81_9', '80_0']]
  ] as const)('are sorted by %s, descending: %s; what is not known comes last', async (...args) => {
    const [column, descending, expected] = args;
    await show(...jobs);
    model.sorting = { column, descending };
    expect(ids()).toEqual(expected);
  });

  it.each([
    ['RESOURCES', ['81_9']],
    ['n2', ['81_10']],
    ['81_ n2', ['81_10']],
    ['module', ['80_0']],
    ['pending', ['81_9']],
    ['nothing like that', []]
  ])('that hold “%s” are %j', async (text, expected) => {
    await show(...jobs);
    model.text = text;
    expect(ids()).toEqual(expected);
  });

  it('are those of the chosen states, and all are counted', async () => {
    await show(...jobs);
    model.toggle('pending');
    model.toggle('failed');
    expect(ids()).toEqual(['81_9', '80_0']);
    expect(model.counts.get('connected')).toBe(1);
    model.toggle('failed');
    expect(ids()).toEqual(['81_9']);
    model.showAll();
    expect(ids()).toHaveLength(3);
  });
});

it.each([
  [{ stage: 'submitted' }, 'pending'],
  [{ stage: 'running' }, 'starting'],
  [{ stage: 'ended', state: 'CANCELLED' }, 'ended'],
  [{ stage: 'ended', state: 'COMPLETED', error: 'it says' }, 'failed'],
  [{ stage: 'ended', state: 'NODE_FAIL' }, 'failed'],
  [{ stage: undefined }, 'unknown'],
  [{ stage: 'newer' as never }, 'unknown']
] as const)('a job of %j is counted as %s', (changes, kind) => {
  expect(kindOf(aJob(changes as Partial<IJob>))).toBe(kind);
});

it('ids are as numbers', () => {
  expect(idKey('81_9')).toBeLessThan(idKey('81_10'));
  expect(idKey('81_4000000')).toBeLessThan(idKey('82'));
});

it('a job that lost a field is another', () => {
  const older = aJob();
  delete older.cpu;
  expect(keepUnchanged([aJob()], [older], isSameJob)[0]).toBe(older);
});
