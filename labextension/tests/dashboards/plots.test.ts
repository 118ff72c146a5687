import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { IOptions } from '../../src/api/restapi';
import {
  chosenPlots,
  hasGpus,
  found,
  plotTitle,
  readPlots,
  useful
} from '../../src/dashboards/plots';
import { PlotsModel } from '../../src/dashboards/plotsmodel';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aCluster, deferred, somePlots, trans } from '../fixtures';

const titles = (plots: readonly { title: string }[] | null): string[] | undefined =>
  plots?.map(({ title }) => title);

describe('the plots of a dashboard', () => {
  it('have names for people, the most useful first', () => {
    expect(titles(readPlots(somePlots, trans))).toEqual([
      'Task Stream',
      'Progress',
      'Memory per Worker',
      'CPU per Worker',
      'Workers',
      'Task Graph',
      'GPU Memory',
      'Cluster Map'
    ]);
  });

  it('are found at their pages, those that are files, too', () => {
    const pages = new Map(readPlots(somePlots, trans).map(({ id, page }) => [id, page]));
    expect(pages.get('task-stream')).toBe('individual-task-stream');
    expect(pages.get('cluster-map')).toBe('statics/individual-cluster-map.html');
  });

  it('of a later dask appear behind those that are known, by name', () => {
    const later = { x: '/individual-spilled-cpu-io', y: '/individual-adaptive-target' };
    expect(titles(readPlots({ ...later, ...somePlots }, trans))?.slice(-3)).toEqual([
      'Cluster Map',
      'Adaptive Target',
      'Spilled CPU IO'
    ]);
  });

  it('have no page that is not below the dashboard', () => {
    const outside = { a: '/../../api/kernels', b: 'https://example.org/individual-x', c: 7 };
    expect(readPlots(outside as never, trans)).toEqual([]);
  });

  it.each<[IOptions, boolean]>([
    [{}, false],
    [{ gres: 'gpu:2' }, true],
    [{ gres: 'lustre:1,gpu:a100:1' }, true],
    [{ gres: 'lustre:1' }, false],
    [{ job_extra_directives: ['--gres=gpu:1'] }, true],
    [{ job_extra_directives: ['--gpus-per-node=1'] }, true],
    [{ job_extra_directives: ['-G 1'] }, true],
    [{ job_extra_directives: ['--tres-per-task=cpu=1,gres/gpu=1'] }, true],
    [{ job_extra_directives: ['--constraint=gpu'] }, false]
  ])('of GPUs on a cluster with %j are of use: %s', (options, use) => {
    const cluster = aCluster({ options });
    expect(hasGpus(cluster)).toBe(use);
    const found = titles(useful(readPlots(somePlots, trans), cluster));
    expect(found?.includes('GPU Memory')).toBe(use);
  });

  it('of the default layout are those that there are', () => {
    const plots = readPlots(somePlots, trans);
    const ids = (...wanted: string[]): string[] => chosenPlots(wanted, plots).map(({ id }) => id);
    expect(ids('individual-progress', 'nothing', 'task-stream', 'progress')).toEqual([
      'progress',
      'task-stream'
    ]);
    expect(ids('cluster-memory', 'workers-memory')).toEqual(['workers-memory']);
  });

  it.each<[string, boolean]>([
    ['', true],
    ['worker mem', true],
    ['memory PER', true],
    ['workers-memory', true],
    ['gpu', false]
  ])('match "%s": %s', (search, isFound) => {
    const plot = { id: 'workers-memory', title: plotTitle('workers-memory', trans) };
    expect(found([plot], search)).toEqual(isFound ? [plot] : []);
  });

  it('are in their order, those first that are called as one types', () => {
    const plots = readPlots(somePlots, trans);
    expect(found(plots, '')).toEqual(plots);
    expect(titles(found(plots, 'workers'))).toEqual(['Workers', 'Memory per Worker']);
    expect(titles(found(plots, 'work'))?.[0]).toBe('Workers');
  });
});

describe('PlotsModel', () => {
  let manager: FakeManager;
  let model: PlotsModel;

  beforeEach(() => {
    manager = fakeManager([aCluster(), aCluster({ id: 'b', options: { gres: 'gpu:1' } })]);
    model = new PlotsModel(manager, trans);
  });

  afterEach(() => model.dispose());

  it('asks once, and each cluster for its own', async () => {
    const asked = deferred<Record<string, string>>();
    manager.plots.mockReturnValueOnce(asked.promise);
    const both = Promise.all([model.load('3f9a12bc'), model.load('3f9a12bc')]);
    expect(model.of('3f9a12bc')).toBeNull();
    asked.resolve(somePlots);
    expect(titles((await both)[1])).not.toContain('GPU Memory');
    expect(titles(await model.load('b'))).toContain('GPU Memory');
    await model.load('b');
    expect(manager.plots.mock.calls.map(([id]) => id)).toEqual(['3f9a12bc', 'b']);
  });

  it('asks again after it could not be told', async () => {
    manager.plots.mockRejectedValueOnce(new Error('it may be very busy'));
    await expect(model.load('b')).rejects.toThrow('it may be very busy');
    expect(await model.load('b')).not.toEqual([]);
  });

  it('asks another scheduler anew, and not while the server is away', async () => {
    await model.load('b');
    manager.connection = 'failed';
    manager.clusters = [];
    manager.changed.emit();
    manager.connection = 'ok';
    manager.clusters = [aCluster({ id: 'b' })];
    manager.changed.emit();
    expect(model.of('b')).not.toBeNull();
    manager.clusters = [aCluster({ id: 'b', scheduler_address: 'tls://127.0.0.1:9' })];
    manager.changed.emit();
    expect(model.of('b')).toBeNull();
  });
});
