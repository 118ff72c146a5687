import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ICluster, IScaling } from '../../../src/api/restapi';
import { KEY_DELAY, ScaleModel } from '../../../src/panel/size/model';
import { aCluster, deferred } from '../../fixtures';

const settled = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

describe('ScaleModel', () => {
  let sent: IScaling[];
  let model: ScaleModel;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    model = new ScaleModel({
      send: async scaling => {
        sent.push(scaling);
        return aCluster({ scaling });
      }
    });
    model.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
  });

  afterEach(() => {
    model.dispose();
    vi.useRealTimers();
  });

  it('shows the word of the server while nobody touches it', () => {
    model.update(aCluster({ scaling: { cores: 50 } }), 10_000);
    expect(model.shown).toEqual({ unit: 'cores', amount: 50 });
    expect(model.jobs).toBe(5);
  });

  describe('where the batch system limits the jobs', () => {
    const job_limit = { jobs: 6, message: 'your QOS long allows 6 submitted jobs' };

    it('ends at the limit, and says whose it is', () => {
      model.update(aCluster({ scaling: { jobs: 4 }, job_limit }), 10_000);
      expect([model.end, model.limit]).toEqual([6, job_limit.message]);
      model.update(
        aCluster({ scaling: { jobs: 4 }, job_limit: { ...job_limit, jobs: 5 } }),
        10_000
      );
      expect(model.end).toBe(5);
    });

    it('takes a larger number that is typed', async () => {
      model.update(aCluster({ scaling: { jobs: 4 }, job_limit }), 10_000);
      model.set({ unit: 'jobs', amount: 9 });
      await settled();
      expect(sent).toEqual([{ jobs: 9 }]);
      expect([model.jobs, model.end, model.limit]).toEqual([9, 6, job_limit.message]);
    });

    it('says nothing of a limit beyond the slider, or beyond the administrator’s', () => {
      model.update(aCluster({ job_limit: { ...job_limit, jobs: 500 } }), 10_000);
      expect([model.end, model.limit]).toEqual([16, null]);
      model.update(aCluster({ job_limit }), 5);
      expect([model.end, model.limit]).toEqual([5, null]);
    });
  });

  it('sends on release, once, and never while it is dragged', async () => {
    model.grab();
    for (let jobs = 5; jobs <= 12; jobs++) {
      model.move(jobs);
      await vi.advanceTimersByTimeAsync(KEY_DELAY);
    }
    expect(sent).toEqual([]);
    model.release();
    await settled();
    expect(sent).toEqual([{ jobs: 12 }]);
  });

  it('sends nothing when it is let go where it was', async () => {
    model.grab();
    model.move(9);
    model.move(4);
    model.release();
    await settled();
    expect(sent).toEqual([]);
    expect(model.isBusy).toBe(false);
  });

  it('sends what keys chose after a pause, and only the last', async () => {
    model.move(5);
    await vi.advanceTimersByTimeAsync(KEY_DELAY - 1);
    model.move(6);
    await vi.advanceTimersByTimeAsync(KEY_DELAY - 1);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([{ jobs: 6 }]);
  });

  it('sends a number of the field at once, as it was given', async () => {
    model.set({ unit: 'cores', amount: 50 });
    await settled();
    expect(sent).toEqual([{ cores: 50 }]);
  });

  it('sends in the unit that is chosen, and nothing for choosing one', async () => {
    model.setUnit('memory');
    expect(model.shown).toEqual({ unit: 'memory', amount: 64e9 });
    await vi.advanceTimersByTimeAsync(10 * KEY_DELAY);
    expect(sent).toEqual([]);
    model.grab();
    model.move(5);
    model.release();
    await settled();
    expect(sent).toEqual([{ memory: 80e9 }]);
  });

  it('keeps the chosen unit through events that change nothing of the size', () => {
    model.setUnit('cores');
    model.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
    expect(model.unit).toBe('cores');
    model.update(aCluster({ scaling: { jobs: 6 } }), 10_000);
    expect(model.unit).toBe('jobs');
  });

  describe('an event never overwrites what a hand is moving', () => {
    const event = (): void => model.update(aCluster({ scaling: { jobs: 1 } }), 10_000);

    it('while the slider is held', () => {
      model.grab();
      model.move(9);
      event();
      expect(model.jobs).toBe(9);
      model.release();
    });

    it('while the slider is held but was not moved yet', () => {
      model.grab();
      event();
      expect(model.jobs).toBe(4);
      model.release();
    });

    it('in the pause after a key', async () => {
      model.move(9);
      event();
      expect(model.jobs).toBe(9);
      await vi.advanceTimersByTimeAsync(KEY_DELAY);
      expect(sent).toEqual([{ jobs: 9 }]);
    });

    it('while a number is typed, in its unit', () => {
      model.isTyping = true;
      model.update(aCluster({ scaling: { cores: 12 } }), 10_000);
      expect(model.isBusy).toBe(true);
      expect(model.unit).toBe('jobs');
      model.isTyping = false;
      expect(model.isBusy).toBe(false);
      model.update(aCluster({ scaling: { cores: 24 } }), 10_000);
      expect(model.unit).toBe('cores');
    });

    it.each<[string, () => void]>([
      ['another unit is chosen', () => model.setUnit('cores')],
      ['it is undone', () => model.reset()]
    ])('and the number is typed no longer once %s', (_, act) => {
      model.isTyping = true;
      act();
      expect(model.isTyping).toBe(false);
    });

    it('while it is being sent', async () => {
      const answer = deferred<ICluster>();
      const slow = new ScaleModel({ send: () => answer.promise });
      slow.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
      slow.set({ unit: 'jobs', amount: 9 });
      slow.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
      expect(slow.jobs).toBe(9);
      answer.resolve(aCluster({ scaling: { jobs: 9 } }));
      await settled();
      expect(slow.jobs).toBe(9);
      expect(slow.isBusy).toBe(false);
      slow.update(aCluster({ scaling: { jobs: 2 } }), 10_000);
      expect(slow.jobs).toBe(2);
    });
  });

  it('sends one request at a time, and skips what was chosen in between', async () => {
    const answers = [deferred<ICluster>(), deferred<ICluster>()];
    const asked: IScaling[] = [];
    const slow = new ScaleModel({
      send: scaling => {
        asked.push(scaling);
        return answers[asked.length - 1].promise;
      }
    });
    slow.update(aCluster({ scaling: { jobs: 0 } }), 10_000);
    slow.set({ unit: 'jobs', amount: 1 });
    slow.set({ unit: 'jobs', amount: 2 });
    slow.set({ unit: 'jobs', amount: 3 });
    await settled();
    expect(asked).toEqual([{ jobs: 1 }]);
    answers[0].resolve(aCluster({ scaling: { jobs: 1 } }));
    await settled();
    expect(asked).toEqual([{ jobs: 1 }, { jobs: 3 }]);
    answers[1].resolve(aCluster({ scaling: { jobs: 3 } }));
    await settled();
    expect(slow.isBusy).toBe(false);
    expect(slow.jobs).toBe(3);
  });

  it('keeps what was chosen when it cannot be sent, says why, and sends it again', async () => {
    const answers = [
      (): Promise<ICluster> => Promise.reject(new Error('The controller is not there')),
      (): Promise<ICluster> => Promise.resolve(aCluster({ scaling: { jobs: 9 } }))
    ];
    const flaky = new ScaleModel({ send: () => answers.shift()!() });
    flaky.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
    flaky.set({ unit: 'jobs', amount: 9 });
    await settled();
    expect(flaky.error).toBe('The controller is not there');
    flaky.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
    expect(flaky.jobs).toBe(9);
    flaky.retry();
    await settled();
    expect(flaky.error).toBeNull();
    expect(flaky.isBusy).toBe(false);
  });

  describe('of which only the answer was lost', () => {
    const lost = async (): Promise<ScaleModel> => {
      const broken = new ScaleModel({ send: () => Promise.reject(new Error('lost')) });
      broken.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
      broken.set({ unit: 'cores', amount: 50 });
      await settled();
      expect(broken.error).toBe('lost');
      return broken;
    };

    it('has no error once an event says that it arrived', async () => {
      const broken = await lost();
      const drawn = vi.fn();
      broken.changed.connect(drawn);
      broken.update(aCluster({ scaling: { cores: 50 } }), 10_000);
      expect(broken.error).toBeNull();
      expect(broken.isBusy).toBe(false);
      expect(drawn).toHaveBeenCalled();
      broken.update(aCluster({ scaling: { jobs: 2 } }), 10_000);
      expect(broken.jobs).toBe(2);
    });

    it.each<IScaling>([{ jobs: 5 }, { cores: 48 }, { jobs: 4 }])(
      'keeps its error when the server says %j',
      async scaling => {
        const broken = await lost();
        broken.update(aCluster({ scaling }), 10_000);
        expect(broken.error).toBe('lost');
        expect(broken.shown.amount).toBe(broken.unit === 'cores' ? 50 : 5);
      }
    );

    it('has no error when the event is faster than the failure', async () => {
      const answer = deferred<ICluster>();
      const slow = new ScaleModel({ send: () => answer.promise });
      slow.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
      slow.set({ unit: 'jobs', amount: 9 });
      slow.update(aCluster({ scaling: { jobs: 9 } }), 10_000);
      answer.reject(new Error('lost'));
      await settled();
      expect(slow.error).toBeNull();
      expect(slow.isBusy).toBe(false);
    });

    it('stays in a hand that took it again', async () => {
      const broken = await lost();
      broken.grab();
      broken.update(aCluster({ scaling: { cores: 50 } }), 10_000);
      expect(broken.isBusy).toBe(true);
      broken.release();
      await settled();
      expect(broken.isBusy).toBe(false);
      expect(broken.error).toBeNull();
    });
  });

  it('shows the word of the server again after an undo', async () => {
    const broken = new ScaleModel({ send: () => Promise.reject(new Error('no')) });
    broken.update(aCluster({ scaling: { jobs: 4 } }), 10_000);
    broken.set({ unit: 'cores', amount: 500 });
    await settled();
    broken.reset();
    expect(broken.error).toBeNull();
    expect(broken.shown).toEqual({ unit: 'jobs', amount: 4 });
  });

  it('ends at twice the wanted jobs, not before the hand lets go', async () => {
    expect(model.end).toBe(16);
    model.grab();
    model.move(16);
    expect(model.end).toBe(16);
    model.release();
    await settled();
    expect(model.end).toBe(32);
  });

  it('grows under keys, which have no hold on it', () => {
    model.move(16);
    expect(model.end).toBe(32);
  });

  it('never goes past what is allowed', () => {
    model.update(aCluster({ scaling: { jobs: 4 } }), 6);
    model.move(100);
    expect(model.jobs).toBe(6);
    expect(model.end).toBe(6);
    model.move(-3);
    expect(model.jobs).toBe(0);
  });

  it('sends nothing once it is disposed', async () => {
    model.move(9);
    model.dispose();
    await vi.advanceTimersByTimeAsync(2 * KEY_DELAY);
    expect(sent).toEqual([]);
  });
});
