import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IJobScript } from '../../../src/api/restapi';
import { RestError } from '../../../src/api/restapi';
import { firstValues } from '../../../src/newcluster/model/fill';
import { NewClusterModel, PREVIEW_DELAY } from '../../../src/newcluster/model/model';
import { fieldOf } from '../../../src/newcluster/model/values';
import { aCluster, aManager, aPartition, aPromise, aScript, aSite } from '../../believable';

const trans = nullTranslator.load('test');
const pause = (): Promise<unknown> => vi.advanceTimersByTimeAsync(PREVIEW_DELAY);

describe('NewClusterModel', () => {
  let manager: ReturnType<typeof aManager>;
  let model: NewClusterModel;

  beforeEach(async () => {
    vi.useFakeTimers();
    manager = aManager([aCluster({ name: 'blue-otter' })]);
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
    await pause();
    expect(manager.jobScript.mock.lastCall?.[0].options.cores).toBe('many');
  });

  it('cannot be created from the first key until the answer is there', async () => {
    const answer = aPromise<IJobScript>();
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
    const first = aPromise<IJobScript>();
    const second = aPromise<IJobScript>();
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
    const first = aPromise<IJobScript>();
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
    expect(model.script?.lines).toHaveLength(2);
    expect(model.script?.exports?.yaml).toBe('jobqueue:');
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

  it('creates what is in the form, and remembers all of it but the name', async () => {
    const state = { fetch: vi.fn(async () => undefined), save: vi.fn(async () => undefined) };
    const remembering = new NewClusterModel({ manager, trans, state: state as never });
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
    expect(state.save.mock.lastCall).toEqual([
      'jupyter-dask-slurm:new-cluster',
      { ...remembering.values, name: '' }
    ]);
  });

  it('begins with what was used last, if the site still has it', async () => {
    const saved = { cores: '7', partition: 'gone', name: 'old', walltime: '10' };
    const state = { fetch: async () => saved, save: async () => undefined };
    const next = new NewClusterModel({ manager, trans, state: state as never });
    await next.ready;
    expect(next.values).toMatchObject({ cores: '7', partition: '', walltime: '10' });
    expect(next.values.name).not.toBe('old');
  });

  it('keeps what was typed before the site was known', async () => {
    const site = aPromise<ReturnType<typeof aSite>>();
    manager.refreshSite.mockReturnValueOnce(site.promise);
    const early = new NewClusterModel({ manager, trans });
    early.set('cores', '9');
    site.resolve(aSite());
    await early.ready;
    expect(early.values.cores).toBe('9');
    expect(early.values.memory).toBe('15 GB');
  });

  describe('asked to create right after a key', () => {
    const now = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

    it('checks what was typed, without a pause, and then creates it', async () => {
      const answer = aPromise<IJobScript>();
      manager.jobScript.mockReturnValueOnce(answer.promise);
      model.set('cores', '12');
      const created = model.create();
      await now();
      expect(manager.jobScript).toHaveBeenCalledTimes(1);
      expect(manager.jobScript.mock.lastCall?.[0].options.cores).toBe(12);
      expect(model.isCreating).toBe(true);
      expect(model.canCreate).toBe(false);
      expect(manager.create).not.toHaveBeenCalled();
      expect(await model.create()).toBeNull(); // Enter once more.
      answer.resolve(aScript());
      expect(await created).not.toBeNull();
      expect(manager.create).toHaveBeenCalledTimes(1);
      expect(manager.create.mock.lastCall?.[0].options.cores).toBe(12);
      expect(model.isCreating).toBe(false);
    });

    it('waits for the check that is under way', async () => {
      const answer = aPromise<IJobScript>();
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
      const first = aPromise<IJobScript>();
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

    it('creates nothing once the dialog is closed', async () => {
      const answer = aPromise<IJobScript>();
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
    expect(model.failure).toBe('you may have 20 clusters');
    expect(model.canCreate).toBe(true);
  });

  it('asks for the local queue when that is chosen', async () => {
    model.setBatchSystem('local');
    await pause();
    await model.create();
    expect(manager.jobScript.mock.lastCall?.[0].batch_system).toBe('local');
    expect(manager.create.mock.lastCall?.[0].batch_system).toBe('local');
  });

  it('lights what is pointed at, and else the field that has the focus', () => {
    model.light.focus('cores');
    expect(model.light.lit).toBe('cores');
    model.light.point('walltime');
    expect(model.light.lit).toBe('walltime');
    model.light.point(null);
    expect(model.light.lit).toBe('cores');
    // The mouse rests somewhere, the keyboard goes on.
    model.light.point('walltime');
    model.light.focus('memory');
    expect(model.light.lit).toBe('memory');
    model.light.focus(null);
    expect(model.light.lit).toBeNull();
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

describe('fieldOf', () => {
  it.each([
    ['cores', 'cores'],
    ['options.memory', 'memory'],
    ['scaling.jobs', 'scaling'],
    ['scaling.adapt.minimum_jobs', 'scaling'],
    ['scaling.adapt.maximum_jobs', 'most'],
    ['job_extra_directives', 'job_extra_directives'],
    ['job-mem', null],
    ['body', null]
  ])('finds the field of %s', (name, field) => {
    expect(fieldOf(name)).toBe(field);
  });
});

describe('firstValues', () => {
  it.each([
    [16, 62e9, '4', '15 GB'],
    [2, 4e9, '1', '2 GB'],
    [128, 512e9, '8', '32 GB'],
    [1, 900e6, '1', '900 MB']
  ])('of nodes of %i cores and %i bytes are %s and %s', (cores, memory, some, much) => {
    const partitions = [aPartition({ cores_per_node: cores, memory_per_node: memory })];
    expect(firstValues(aSite({ partitions }))).toMatchObject({ cores: some, memory: much });
  });

  it('leave to the site what its configuration says', () => {
    const site = aSite({ defaults: { cores: 24, memory: 100e9 } });
    expect(firstValues(site)).toMatchObject({ cores: '', memory: '' });
  });

  it('do without a site', () => {
    expect(firstValues(null)).toEqual({ cores: '1', memory: '4 GB', scaling: '1' });
  });
});
