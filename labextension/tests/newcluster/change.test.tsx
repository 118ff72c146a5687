import { act } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ICluster } from '../../src/api/restapi';
import { RestError } from '../../src/api/restapi';
import { NewClusterDialog } from '../../src/newcluster/dialog';
import { PREVIEW_DELAY } from '../../src/newcluster/model/check';
import { fillFrom } from '../../src/newcluster/model/fill';
import { NewClusterModel } from '../../src/newcluster/model/model';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aCluster, aProblem, aScript, aSite, deferred, noJobs, trans } from '../fixtures';

const old = aCluster({ name: 'weather', options: { cores: 4, memory: 16e9, walltime: 3600 } });

describe('the form that changes a cluster', () => {
  let manager: FakeManager;
  let model: NewClusterModel;
  let dialog: NewClusterDialog;

  const settle = (): Promise<unknown> => act(() => vi.advanceTimersByTimeAsync(0));

  const open = async (cluster: ICluster = old): Promise<void> => {
    manager.clusters = [cluster];
    model = new NewClusterModel({ manager, trans, replaces: cluster });
    fillFrom(model, cluster);
    dialog = new NewClusterDialog(model, trans);
    dialog.launch().catch(() => undefined); // Disposed of by then.
    await act(() => model.ready);
    await settle();
  };

  const text = (testid: string): string | undefined =>
    dialog.node.querySelector(`[data-testid="${testid}"]`)?.textContent ?? undefined;
  const accept = (): HTMLButtonElement =>
    dialog.node.querySelector<HTMLButtonElement>('.jp-Dialog-button.jp-mod-accept')!;
  const press = async (): Promise<void> => {
    accept().click();
    await settle();
  };

  /** The cluster is listed otherwise; null if it is gone. */
  const become = async (changes: Partial<ICluster> | null): Promise<void> => {
    manager.clusters = changes === null ? [] : [{ ...old, ...changes }];
    manager.changed.emit();
    await settle();
  };

  beforeEach(() => {
    vi.useFakeTimers();
    manager = fakeManager();
  });

  afterEach(() => {
    dialog.dispose();
    model.dispose();
    vi.useRealTimers();
  });

  it('has its name and its values, and says what is lost', async () => {
    await open();
    expect(dialog.node.querySelector('.jp-Dialog-header')?.textContent).toBe('Change weather');
    expect(model.values).toMatchObject({ name: 'weather', cores: '4' });
    expect(model.problem('name')).toBeNull();
    expect(text('replaced-note')).toMatch(
      /“weather”, which is stopped first: .* the data in it are lost/
    );
    expect(accept().textContent).toBe('Stop and Create');
    expect(accept().disabled).toBe(false);
  });

  it('stops it, waits for its end, and creates one of the same name', async () => {
    await open();
    model.set('cores', '8');
    await act(() => vi.advanceTimersByTimeAsync(PREVIEW_DELAY));
    await press();
    expect(manager.stop.mock.calls).toEqual([[old.id]]);
    await become({ status: 'stopping', jobs: { ...noJobs, running: 2, pending: 1 } });
    expect(text('new-cluster-total')).toBe('Stopping weather: 3 jobs are left…');
    expect(accept().disabled).toBe(true);
    expect(manager.create).not.toHaveBeenCalled();
    await become(null);
    expect(manager.create).toHaveBeenCalledTimes(1);
    expect(manager.create.mock.lastCall?.[0]).toMatchObject({
      name: 'weather',
      options: { cores: 8 }
    });
    expect(dialog.cluster).not.toBeNull();
  });

  it('keeps the form where the new one is refused, and need not stop it again', async () => {
    await open();
    manager.create.mockRejectedValueOnce(new RestError('the queue is closed', 409, 'Refused'));
    await press();
    await become(null);
    expect(text('new-cluster-refusal')).toBe('the queue is closed');
    expect(dialog.isDisposed).toBe(false);
    expect(model.values).toMatchObject({ name: 'weather', cores: '4' });
    expect(accept().textContent).toBe('Create');
    await press();
    expect(manager.stop).toHaveBeenCalledTimes(1);
    expect(manager.create).toHaveBeenCalledTimes(2);
  });

  it('leaves it alone where the new one could not be created', async () => {
    await open();
    const problems = [{ field: 'cores', message: 'a node of debug has 16' }];
    manager.jobScript.mockResolvedValueOnce(aScript({ problems }));
    model.set('cores', '17');
    expect(await model.create()).toBeNull();
    expect(model.problem('cores')).toBe('a node of debug has 16');
    expect(manager.stop).not.toHaveBeenCalled();
  });

  it('creates nothing where it cannot be stopped', async () => {
    await open();
    manager.stop.mockRejectedValueOnce(new RestError('scancel: timed out', 502, 'BatchSystem'));
    await press();
    expect(text('new-cluster-refusal')).toBe('scancel: timed out');
    expect(manager.create).not.toHaveBeenCalled();
  });

  it('says why it is still there once its stop has failed', async () => {
    await open();
    await press();
    const message = 'jobs 81 and 82 are still there';
    await become({ status: 'failed', problems: [aProblem({ message })] });
    expect(text('new-cluster-refusal')).toBe(message);
    expect(manager.create).not.toHaveBeenCalled();
  });

  it('creates nothing once it is closed', async () => {
    await open();
    const created = model.create();
    await settle();
    model.dispose();
    await become(null);
    expect(await created).toBeNull();
    expect(manager.create).not.toHaveBeenCalled();
  });

  it('only dismisses what has ended', async () => {
    await open({ ...old, status: 'failed' });
    expect(text('replaced-note')).toMatch(/which has ended: its card and its logs are removed/);
    expect(accept().textContent).toBe('Create');
    const dismissed = deferred<void>();
    manager.stop.mockReturnValueOnce(dismissed.promise);
    await press();
    manager.clusters = [];
    dismissed.resolve();
    await settle();
    expect(manager.create.mock.lastCall?.[0].name).toBe('weather');
  });

  it('does not count it among the clusters that one may have', async () => {
    manager.site = aSite({ limits: { max_jobs: 10, max_clusters: 1 } });
    await open();
    expect(model.clusterLimit).toBeNull();
  });
});
