import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IEstimate } from '../../../src/api/restapi';
import { PREVIEW_DELAY } from '../../../src/newcluster/model/check';
import {
  ESTIMATE_AGE,
  ESTIMATE_DELAY,
  StartEstimate
} from '../../../src/newcluster/model/estimate';
import { NewClusterModel } from '../../../src/newcluster/model/model';
import { fakeManager } from '../../fakes';
import { anEstimate, aPartition, deferred, aScript, aSite, trans } from '../../fixtures';

const wait = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
const of = (cores: number) => ({ options: { cores } });

describe('StartEstimate', () => {
  const ask = vi.fn<StartEstimate.Ask>();
  let estimate: StartEstimate;

  beforeEach(() => {
    vi.useFakeTimers();
    ask.mockReset().mockResolvedValue(anEstimate());
    estimate = new StartEstimate(ask);
  });

  afterEach(() => {
    estimate.dispose();
    vi.useRealTimers();
  });

  it('asks a while after the last change, and once', async () => {
    estimate.follow(of(1), 'idle 4');
    await wait(ESTIMATE_DELAY - 1);
    estimate.follow(of(2), 'idle 4');
    await wait(ESTIMATE_DELAY - 1);
    expect(ask).not.toHaveBeenCalled();
    await wait(1);
    expect(ask.mock.calls).toEqual([[of(2)]]);
    expect(estimate.estimate?.node).toBe('n2');
  });

  it('asks nothing of what cannot be submitted', async () => {
    estimate.follow(of(1), 'idle 4');
    estimate.follow(null, 'idle 4');
    await wait(10 * ESTIMATE_DELAY);
    expect(ask).not.toHaveBeenCalled();
    expect(estimate.estimate).toBeNull();
  });

  it('knows what it was told of the same before', async () => {
    estimate.follow(of(1), 'idle 4');
    await wait(ESTIMATE_DELAY);
    estimate.follow(of(2), 'idle 4');
    expect(estimate.estimate).toBeNull();
    estimate.follow(of(1), 'idle 4');
    expect(estimate.estimate?.node).toBe('n2');
    await wait(10 * ESTIMATE_AGE);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('asks one thing at a time, and then what is wanted by then', async () => {
    const first = deferred<IEstimate | null>();
    ask.mockReturnValueOnce(first.promise);
    estimate.follow(of(1), 'idle 4');
    await wait(ESTIMATE_DELAY);
    estimate.follow(of(2), 'idle 4');
    estimate.follow(of(3), 'idle 4');
    await wait(10 * ESTIMATE_DELAY);
    expect(ask).toHaveBeenCalledTimes(1);
    first.resolve(anEstimate());
    await wait(ESTIMATE_DELAY);
    expect(ask.mock.calls).toEqual([[of(1)], [of(3)]]);
  });

  it('asks again when something else is idle, but seldom', async () => {
    estimate.follow(of(1), 'idle 4');
    await wait(ESTIMATE_DELAY);
    for (let idle = 0; idle < 10; idle++) {
      estimate.follow(of(1), `idle ${idle}`);
      await wait(ESTIMATE_AGE / 20);
    }
    expect(ask).toHaveBeenCalledTimes(1);
    expect(estimate.estimate).not.toBeNull();
    await wait(ESTIMATE_AGE / 2);
    expect(ask).toHaveBeenCalledTimes(2);
    await wait(10 * ESTIMATE_AGE);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('does not ask a server that is too old to know a second time', async () => {
    ask.mockResolvedValue(null);
    estimate.follow(of(1), 'idle 4');
    await wait(ESTIMATE_DELAY);
    estimate.follow(of(2), 'idle 4');
    await wait(ESTIMATE_DELAY);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('shows what went wrong in its own words', async () => {
    ask.mockRejectedValue(new Error('slurmctld does not answer'));
    estimate.follow(of(1), 'idle 4');
    await wait(ESTIMATE_DELAY);
    expect(estimate.estimate?.message).toBe('slurmctld does not answer');
  });

  it('asks nothing once the dialog is closed', async () => {
    estimate.follow(of(1), 'idle 4');
    estimate.dispose();
    await wait(ESTIMATE_DELAY);
    expect(ask).not.toHaveBeenCalled();
  });
});

describe('the estimate of a form', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('costs one request in a storm of keys, and none while something is wrong', async () => {
    const manager = fakeManager();
    manager.estimate.mockResolvedValue(anEstimate());
    const model = new NewClusterModel({ manager, trans });
    await model.ready;
    for (let n = 1; n <= 100; n++) {
      model.set('cores', String(n));
      // Slowly enough for a request for the script each time.
      await wait(2 * PREVIEW_DELAY);
    }
    expect(manager.jobScript.mock.calls.length).toBeGreaterThan(100);
    expect(manager.estimate).not.toHaveBeenCalled();
    await wait(ESTIMATE_DELAY);
    expect(manager.estimate.mock.calls).toEqual([[{ options: { cores: 100, memory: '15 GB' } }]]);
    expect(model.estimate?.node).toBe('n2');

    const problems = [{ field: 'cores', message: 'a node of debug has 16' }];
    manager.jobScript.mockResolvedValueOnce(aScript({ problems }));
    model.set('cores', '101');
    await wait(10 * ESTIMATE_DELAY);
    expect(manager.estimate).toHaveBeenCalledTimes(1);
    expect(model.estimate).toBeNull();
    model.dispose();
  });

  it('follows what is idle at the site', async () => {
    const manager = fakeManager();
    manager.estimate.mockResolvedValue(anEstimate());
    const model = new NewClusterModel({ manager, trans });
    await model.ready;
    await wait(ESTIMATE_AGE);
    expect(manager.estimate).toHaveBeenCalledTimes(1);
    manager.changed.emit(); // Nothing new.
    await wait(ESTIMATE_AGE);
    expect(manager.estimate).toHaveBeenCalledTimes(1);
    manager.site = aSite({ partitions: [aPartition({ idle_cores: 1 })] });
    manager.changed.emit();
    await wait(ESTIMATE_DELAY);
    expect(manager.estimate).toHaveBeenCalledTimes(2);
    model.dispose();
  });
});
