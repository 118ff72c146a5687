import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IJobScript } from '../../../src/api/restapi';
import { PREVIEW_DELAY } from '../../../src/newcluster/model/check';
import { NewClusterModel } from '../../../src/newcluster/model/model';
import { fakeManager } from '../../fakes';
import { aCluster, aPartition, deferred, aScript, aSite, trans } from '../../fixtures';

const pause = (): Promise<unknown> => vi.advanceTimersByTimeAsync(PREVIEW_DELAY);

describe('NewClusterModel', () => {
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

  it('begins with a form that can be created as it is', () => {
    expect(model.values).toMatchObject({ cores: '4', memory: '15 GB', scaling: '1' });
    expect(model.values.name).toMatch(/^[a-z]+-[a-z]+$/);
    expect(model.script).not.toBeNull();
    expect(model.canCreate).toBe(true);
  });

  it('asks once for a burst of keys, with whole numbers as numbers and the rest as typed', async () => {
    model.set('cores', '1');
    model.set('cores', '12');
    await vi.advanceTimersByTimeAsync(PREVIEW_DELAY - 1);
    model.set('memory', '16 GB');
    model.set('scaling', '8');
    expect(manager.jobScript).not.toHaveBeenCalled();
    await pause();
    expect(manager.jobScript).toHaveBeenCalledTimes(1);
    expect(manager.jobScript.mock.lastCall?.[0]).toEqual({
      name: model.values.name,
      options: { cores: 12, memory: '16 GB' },
      scaling: { jobs: 8 }
    });
  });

  it('asks again while the server still looks at something, and is not busy with that', async () => {
    const answers = [deferred<IJobScript>(), deferred<IJobScript>()];
    const looking = aScript({ checking: ['python'] });
    manager.jobScript
      .mockResolvedValueOnce(looking)
      .mockReturnValueOnce(answers[0].promise)
      .mockReturnValueOnce(answers[1].promise);
    model.set('python', '/slow/bin/python');
    await pause();
    expect(manager.jobScript).toHaveBeenCalledTimes(2);
    expect(model.isChecking).toBe(false);
    answers[0].resolve(looking);
    await vi.advanceTimersByTimeAsync(0);
    expect(model.problem('python')).toBeNull();
    answers[1].resolve(
      aScript({ checking: [], problems: [{ field: 'python', message: 'it has no dask' }] })
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(model.problem('python')).toBe('it has no dask');
    expect(model.canCreate).toBe(false);
    expect(manager.jobScript).toHaveBeenCalledTimes(3);
  });

  it('forgets what it asked again for when a value has changed meanwhile', async () => {
    const late = deferred<IJobScript>();
    manager.jobScript
      .mockResolvedValueOnce(aScript({ checking: ['python'] }))
      .mockReturnValueOnce(late.promise);
    model.set('python', '/slow/bin/python');
    await pause();
    model.set('python', '/other/bin/python');
    await pause();
    late.resolve(aScript({ problems: [{ field: 'python', message: 'it has no dask' }] }));
    await vi.advanceTimersByTimeAsync(0);
    expect(model.problem('python')).toBeNull();
  });

  it('asks for a range when there is a most', async () => {
    model.set('scaling', '2');
    model.set('most', '8');
    await pause();
    expect(manager.jobScript.mock.lastCall?.[0].scaling).toEqual({
      adapt: { minimum_jobs: 2, maximum_jobs: 8 }
    });
    model.set('most', '1');
    await pause();
    expect(model.problem('most')).toBe('Not below the jobs to start with.');
    expect(model.canCreate).toBe(false);
  });

  describe('where the controller lives', () => {
    const both = { placements: ['local' as const, 'job' as const], ends_with: 'Ends with job 7.' };

    it.each([
      ['both are offered and it would end with the session', both, true],
      ['there is one place only', { ...both, placements: ['local' as const] }, false],
      ['it would outlive the session anyway', { ...both, ends_with: null }, false],
      ['the server is too old to know', { ends_with: 'Ends with job 7.' }, false]
    ])('is asked for, or not, when %s', (_, site, asked) => {
      manager.site = aSite({ placements: undefined, ...site });
      expect(model.place.asksForPlacement).toBe(asked);
    });

    it('travels when it is chosen, and only where it is asked for', async () => {
      manager.site = aSite(both);
      expect(model.place.placement).toBe('local');
      model.set('placement', 'job');
      await pause();
      expect(model.place.placement).toBe('job');
      expect(manager.jobScript.mock.lastCall?.[0].options.placement).toBe('job');
      manager.site = aSite();
      model.recheck();
      expect(manager.jobScript.mock.lastCall?.[0].options).not.toHaveProperty('placement');
      expect(model.place.placement).toBe('local');
    });
  });

  it('sends nonsense as it was typed, for the server to refuse in its words', async () => {
    model.set('cores', 'many');
    model.set('scaling', 'some');
    model.set('environment', 'A=1\nB');
    await pause();
    const asked = manager.jobScript.mock.lastCall![0];
    expect(asked.options).toMatchObject({ cores: 'many', environment: 'A=1\nB' });
    expect(asked.scaling).toEqual({ jobs: 'some' });
  });

  it('cannot be created from the first key until the answer is there', async () => {
    const answer = deferred<IJobScript>();
    manager.jobScript.mockReturnValueOnce(answer.promise);
    model.set('cores', '12');
    expect(model.canCreate).toBe(false);
    await pause();
    expect(model.canCreate).toBe(false);
    answer.resolve(aScript());
    await vi.advanceTimersByTimeAsync(0);
    expect(model.canCreate).toBe(true);
  });

  it('takes the answer to the latest question, whenever it comes', async () => {
    const first = deferred<IJobScript>();
    const second = deferred<IJobScript>();
    manager.jobScript.mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
    model.set('cores', '1');
    await pause();
    model.set('cores', '2');
    await pause();
    second.resolve(aScript({ cores: 2 }));
    await vi.advanceTimersByTimeAsync(0);
    first.resolve(aScript({ cores: 1, problems: [{ field: 'cores', message: 'late' }] }));
    await vi.advanceTimersByTimeAsync(0);
    expect(model.script?.cores).toBe(2);
    expect(model.problem('cores')).toBeNull();
    expect(model.canCreate).toBe(true);
  });

  it('drops an answer while a newer question is about to be asked', async () => {
    const first = deferred<IJobScript>();
    manager.jobScript.mockReturnValueOnce(first.promise);
    model.set('cores', '1');
    await pause();
    model.set('cores', '2');
    first.resolve(aScript({ cores: 1 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(model.script?.cores).not.toBe(1);
    expect(model.canCreate).toBe(false);
  });

  it('shows a problem at its field, keeps the last script, and cannot be created', async () => {
    const problems = [
      { field: 'walltime', message: 'debug allows 00:30:00' },
      { field: 'scaling.jobs', message: 'at most 10000' },
      { field: 'job-mem', message: 'not a size' }
    ];
    manager.jobScript.mockResolvedValueOnce(
      aScript({ lines: [], script: '', exports: null, problems })
    );
    model.set('walltime', '40');
    await pause();
    expect(model.problem('walltime')).toBe('debug allows 00:30:00');
    expect(model.problem('scaling')).toBe('at most 10000');
    expect(model.otherProblems.map(p => p.field)).toEqual(['job-mem']);
    expect(model.shown?.lines).toHaveLength(2);
    expect(model.shown?.exports?.yaml).toBe('jobqueue:');
    expect(model.isStale).toBe(true);
    expect(model.canCreate).toBe(false);
  });

  it('is not held up by warnings', async () => {
    const warnings = [{ field: 'partition', message: 'no node could start a job now' }];
    manager.jobScript.mockResolvedValueOnce(aScript({ warnings }));
    model.set('partition', 'debug');
    await pause();
    expect(model.warning('partition')).toBe('no node could start a job now');
    expect(model.canCreate).toBe(true);
  });

  it.each(['', '-otter', 'blue otter', 'x'.repeat(64), 'blue-otter'])(
    'refuses the name %j before the server has to',
    name => {
      model.set('name', name);
      expect(model.problem('name')).not.toBeNull();
      expect(model.canCreate).toBe(false);
    }
  );

  it('begins with what was used last, if the site still has it', async () => {
    const saved = { cores: '7', partition: 'gone', name: 'old', walltime: '10' };
    manager.lastValues.mockResolvedValue(saved);
    const next = new NewClusterModel({ manager, trans });
    await next.ready;
    expect(next.values).toMatchObject({ cores: '7', partition: '', walltime: '10' });
    expect(next.values.name).not.toBe('old');
  });

  it('keeps what was typed before the site was known', async () => {
    const site = deferred<ReturnType<typeof aSite>>();
    manager.refreshSite.mockReturnValueOnce(site.promise);
    const early = new NewClusterModel({ manager, trans });
    early.set('cores', '9');
    site.resolve(aSite());
    await early.ready;
    expect(early.values.cores).toBe('9');
    expect(early.values.memory).toBe('15 GB');
  });

  it('lights what is pointed at, and else the field that has the focus', () => {
    model.highlight.focus('cores');
    expect(model.highlight.lit).toBe('cores');
    model.highlight.point('walltime');
    expect(model.highlight.lit).toBe('walltime');
    model.highlight.point(null);
    expect(model.highlight.lit).toBe('cores');
    // The mouse rests while the user goes on by keyboard.
    model.highlight.point('walltime');
    model.highlight.focus('memory');
    expect(model.highlight.lit).toBe('memory');
    model.highlight.focus(null);
    expect(model.highlight.lit).toBeNull();
  });

  it('knows a partition that allows the walltime', async () => {
    manager.site = aSite({
      partitions: [
        aPartition(),
        aPartition({ name: 'down', default: false, available: false, max_walltime: null }),
        aPartition({ name: 'long', default: false, max_walltime: 172_800 })
      ]
    });
    const problems = [{ field: 'walltime', message: 'debug allows 00:30:00' }];
    const options = { walltime: 2400 };
    manager.jobScript.mockResolvedValueOnce(aScript({ problems, options }));
    model.set('walltime', '40');
    await pause();
    expect(model.remedies('walltime')).toEqual([
      { field: 'partition', value: 'long', word: 'long' },
      { field: 'walltime', value: '00:30:00', word: '30 min' }
    ]);
  });
});
