import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ICluster, IOrphan } from '../../src/api/restapi';
import { OrphansModel } from '../../src/panel/orphansmodel';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aCluster, anOrphan, deferred } from '../fixtures';

describe('OrphansModel', () => {
  let manager: FakeManager;
  let model: OrphansModel;

  beforeEach(async () => {
    vi.useFakeTimers();
    manager = fakeManager([aCluster(), aCluster({ id: 'b', status: 'failed' })]);
    model = new OrphansModel(manager);
    await vi.advanceTimersByTimeAsync(0);
    manager.orphans.mockClear();
  });

  afterEach(() => {
    model.dispose();
    vi.useRealTimers();
  });

  const say = (...clusters: ICluster[]): void => {
    manager.clusters = clusters;
    manager.changed.emit();
  };

  it('never looks on a timer', async () => {
    await vi.advanceTimersByTimeAsync(24 * 3600_000);
    expect(manager.orphans).not.toHaveBeenCalled();
  });

  it.each<[string, ICluster[], number]>([
    ['leaves', [], 1],
    ['fails', [aCluster({ status: 'failed' })], 1],
    ['says something new', [aCluster({ cores: 60 })], 0],
    ['comes', [aCluster(), aCluster({ id: 'c' })], 0]
  ])('looks in the background when a cluster %s', (_, clusters, looks) => {
    say(...clusters);
    say(...clusters);
    expect(manager.orphans).toHaveBeenCalledTimes(looks);
    expect(manager.orphans.mock.calls.every(([options]) => options?.background)).toBe(true);
  });

  it('takes a dismissed card for nothing new', () => {
    say(aCluster());
    expect(manager.orphans).not.toHaveBeenCalled();
  });

  it('takes a server that does not answer for no sign that clusters have left', () => {
    manager.connection = 'failed';
    say();
    expect(manager.orphans).not.toHaveBeenCalled();
  });

  it('is silent when what nobody asked for fails, and speaks when the user asked', async () => {
    manager.orphans.mockRejectedValue(new Error('Slurm does not answer'));
    await model.refreshQuietly();
    expect(model.error).toBeNull();
    await model.refresh();
    expect(model.error).toBe('Slurm does not answer');
    manager.orphans.mockResolvedValue([anOrphan()]);
    await model.refresh();
    expect(model.error).toBeNull();
    expect(model.jobs).toBe(3);
  });

  it('looks again after it cancelled, also when that failed', async () => {
    manager.cancelOrphans.mockRejectedValueOnce(new Error('no'));
    const done = model.cancel(null);
    expect(model.isBusy).toBe(true);
    await done;
    expect(model.isBusy).toBe(false);
    expect(manager.orphans).toHaveBeenCalledTimes(1);
  });

  it('drops an answer that a newer question overtook', async () => {
    const old = deferred<IOrphan[]>();
    manager.orphans.mockReturnValueOnce(old.promise).mockResolvedValueOnce([]);
    say();
    await model.refresh();
    old.resolve([anOrphan()]);
    await vi.advanceTimersByTimeAsync(0);
    expect(model.jobs).toBe(0);
  });
});
