import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IJobScript } from '../../../src/api/restapi';
import { RestError } from '../../../src/api/restapi';
import { PREVIEW_DELAY } from '../../../src/newcluster/model/check';
import { NewClusterModel } from '../../../src/newcluster/model/model';
import { fakeManager } from '../../fakes';
import { aCluster, deferred, aScript, trans } from '../../fixtures';

const pause = (): Promise<unknown> => vi.advanceTimersByTimeAsync(PREVIEW_DELAY);

describe('to create a cluster', () => {
  let manager: ReturnType<typeof fakeManager>;
  let model: NewClusterModel;

  beforeEach(async () => {
    vi.useFakeTimers();
    manager = fakeManager([aCluster({ name: 'blue-otter' })]);
    model = new NewClusterModel({ manager, trans });
    await model.ready;
    manager.jobScript.mockClear();
  });

  afterEach(() => {
    model.dispose();
    vi.useRealTimers();
  });

  it('creates what is in the form, and remembers all of it but the name', async () => {
    const remembering = new NewClusterModel({ manager, trans });
    await remembering.ready;
    remembering.set('cores', '12');
    remembering.set('partition', 'debug');
    await pause();
    expect(await remembering.create()).not.toBeNull();
    expect(manager.create).toHaveBeenCalledWith({
      name: remembering.values.name,
      options: { cores: 12, memory: '15 GB', partition: 'debug' },
      scaling: { jobs: 1 }
    });
    expect(manager.keepLastValues.mock.lastCall).toEqual([{ ...remembering.values, name: '' }]);
  });

  it('goes on where the server cannot keep or read what was entered last', async () => {
    manager.lastValues.mockRejectedValue(new Error('no'));
    manager.keepLastValues.mockRejectedValue(new Error('no'));
    const next = new NewClusterModel({ manager, trans });
    await next.ready;
    await pause();
    expect(await next.create()).not.toBeNull();
  });

  describe('asked to create right after a key', () => {
    const now = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

    it('checks what was typed, without a pause, and then creates it', async () => {
      const answer = deferred<IJobScript>();
      manager.jobScript.mockReturnValueOnce(answer.promise);
      model.set('cores', '12');
      const created = model.create();
      await now();
      expect(manager.jobScript).toHaveBeenCalledTimes(1);
      expect(manager.jobScript.mock.lastCall?.[0].options.cores).toBe(12);
      expect(model.isCreating).toBe(true);
      expect(model.canCreate).toBe(false);
      expect(manager.create).not.toHaveBeenCalled();
      expect(await model.create()).toBeNull(); // Enter again.
      answer.resolve(aScript());
      expect(await created).not.toBeNull();
      expect(manager.create).toHaveBeenCalledTimes(1);
      expect(manager.create.mock.lastCall?.[0].options.cores).toBe(12);
      expect(model.isCreating).toBe(false);
    });

    it('waits for the check that is under way', async () => {
      const answer = deferred<IJobScript>();
      manager.jobScript.mockReturnValueOnce(answer.promise);
      model.set('cores', '12');
      await pause();
      const created = model.create();
      await now();
      answer.resolve(aScript());
      expect(await created).not.toBeNull();
      expect(manager.jobScript).toHaveBeenCalledTimes(1);
    });

    it('creates what was typed last', async () => {
      const first = deferred<IJobScript>();
      manager.jobScript.mockReturnValueOnce(first.promise);
      model.set('cores', '1');
      const created = model.create();
      await now();
      model.set('cores', '12');
      first.resolve(aScript({ problems: [{ field: 'cores', message: 'late' }] }));
      expect(await created).not.toBeNull();
      expect(manager.jobScript).toHaveBeenCalledTimes(2);
      expect(manager.create.mock.lastCall?.[0].options.cores).toBe(12);
    });

    it('creates nothing that has a problem', async () => {
      const problems = [{ field: 'cores', message: 'a node of debug has 16' }];
      manager.jobScript.mockResolvedValueOnce(aScript({ problems }));
      model.set('cores', '17');
      expect(await model.create()).toBeNull();
      expect(manager.create).not.toHaveBeenCalled();
      expect(model.problem('cores')).toBe('a node of debug has 16');
      expect(model.isCreating).toBe(false);
    });

    it('creates what may never start only for those who insist', async () => {
      const warnings = [{ field: 'walltime', message: 'debug allows 30 min', doubtful: true }];
      manager.jobScript.mockResolvedValueOnce(aScript({ warnings }));
      model.set('walltime', '40');
      expect(await model.create()).toBeNull();
      expect(manager.create).not.toHaveBeenCalled();
      expect(model.warning('walltime')).toBe('debug allows 30 min');
      expect(await model.create({ insist: true })).not.toBeNull();
    });

    it('creates what has another warning', async () => {
      const warnings = [{ field: 'cores', message: 'whole nodes', doubtful: false }];
      manager.jobScript.mockResolvedValueOnce(aScript({ warnings }));
      model.set('cores', '4');
      expect(await model.create()).not.toBeNull();
    });

    it('creates nothing once the dialog is closed', async () => {
      const answer = deferred<IJobScript>();
      manager.jobScript.mockReturnValueOnce(answer.promise);
      model.set('cores', '12');
      const created = model.create();
      await now();
      model.dispose();
      answer.resolve(aScript());
      expect(await created).toBeNull();
      expect(manager.create).not.toHaveBeenCalled();
    });
  });

  it('shows a taken name at the name, and loses nothing', async () => {
    manager.create.mockRejectedValueOnce(
      new RestError("name: a cluster named 'red-fox' exists already", 409, 'NameTaken')
    );
    model.set('name', 'red-fox');
    await pause();
    expect(await model.create()).toBeNull();
    expect(model.problem('name')).toBe("a cluster named 'red-fox' exists already");
    expect(model.values.name).toBe('red-fox');
    expect(model.failure).toBeNull();
  });

  it('shows what POST finds wrong at its field', async () => {
    const problems = [{ field: 'cores', message: 'a node of debug has 16' }];
    manager.create.mockRejectedValueOnce(
      new RestError('cores: a node of debug has 16', 400, 'InvalidOptions', problems)
    );
    await model.create();
    expect(model.problem('cores')).toBe('a node of debug has 16');
    expect(model.canCreate).toBe(false);
  });

  it('shows a failure as a whole in its own words, and can try again', async () => {
    manager.create.mockRejectedValueOnce(
      new RestError('you may have 20 clusters', 409, 'TooManyClusters')
    );
    await model.create();
    expect(model.creation.refusal).toBe('you may have 20 clusters');
    expect(model.failure).toBeNull();
    expect(model.canCreate).toBe(true);
    model.set('cores', '1');
    expect(model.creation.refusal).toBeNull();
  });

  it('asks for the local queue when that is chosen', async () => {
    model.setBatchSystem('local');
    await pause();
    await model.create();
    expect(manager.jobScript.mock.lastCall?.[0].batch_system).toBe('local');
    expect(manager.create.mock.lastCall?.[0].batch_system).toBe('local');
  });
});
