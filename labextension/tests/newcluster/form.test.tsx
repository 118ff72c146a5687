import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IJobScript } from '../../src/api/restapi';
import { RestError } from '../../src/api/restapi';
import { NewClusterDialog } from '../../src/newcluster/dialog';
import { NewClusterForm } from '../../src/newcluster/form';
import { PREVIEW_DELAY } from '../../src/newcluster/model/check';
import { NewClusterModel } from '../../src/newcluster/model/model';
import { totalSentence } from '../../src/newcluster/model/sentence';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aCluster, aPartition, aProblem, deferred, aScript, aSite, trans } from '../fixtures';

describe('the New cluster form', () => {
  let manager: FakeManager;
  let model: NewClusterModel;

  const open = async (): Promise<void> => {
    model = new NewClusterModel({ manager, trans });
    render(<NewClusterForm model={model} trans={trans} />);
    await act(() => model.ready);
  };

  const described = (label: string): string =>
    (screen.getByLabelText(label).getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map(id => document.getElementById(id)?.textContent ?? '')
      .join(' ');
  const line = (text: string): HTMLElement => screen.getByText(text).parentElement!;
  const pause = (): Promise<unknown> => act(() => vi.advanceTimersByTimeAsync(PREVIEW_DELAY));

  beforeEach(() => {
    vi.useFakeTimers();
    manager = fakeManager();
  });

  afterEach(() => {
    cleanup();
    model.dispose();
    vi.useRealTimers();
  });

  it('has a label for every field', async () => {
    await open();
    for (const label of [
      'Name',
      'Partition',
      'Cores per job',
      'Memory per job',
      'Walltime',
      'Workers per job',
      'Jobs to start with',
      'Start from',
      'Python environment'
    ]) {
      expect(screen.getByLabelText(label)).toBeTruthy();
    }
  });

  it('offers a controller in a job where one beside Jupyter would end with it', async () => {
    await open();
    expect(screen.queryByLabelText('Controller')).toBeNull();
    act(() => {
      manager.site = aSite({ placements: ['local', 'job'], ends_with: 'It ends with job 4711.' });
      model.highlight.focus(null);
    });
    expect(screen.getByTestId('ends-with').textContent).toBe('It ends with job 4711.');
    const select = screen.getByLabelText<HTMLSelectElement>('Controller');
    expect([...select.options].map(option => option.text)).toEqual([
      'on the Jupyter host',
      'as a Slurm job'
    ]);
    fireEvent.change(select, { target: { value: 'job' } });
    // In a job it would not end.
    expect(screen.queryByTestId('ends-with')).toBeNull();
  });

  it('lights the lines of a field and the field of a line', async () => {
    await open();
    const cores = screen.getByLabelText('Cores per job');
    fireEvent.focus(cores);
    expect(line('#SBATCH --cpus-per-task=4').dataset.lit).toBe('true');
    expect(line('#!/usr/bin/env bash').dataset.lit).toBeUndefined();
    fireEvent.blur(cores);
    expect(line('#SBATCH --cpus-per-task=4').dataset.lit).toBeUndefined();
    fireEvent.mouseMove(line('#SBATCH --cpus-per-task=4'));
    expect(cores.closest<HTMLElement>('[data-field]')?.dataset.lit).toBe('true');
  });

  it('puts a problem at its field, for eyes and for screen readers', async () => {
    await open();
    const problems = [{ field: 'memory', message: 'at least 1 MiB' }];
    manager.jobScript.mockResolvedValueOnce(aScript({ problems }));
    const memory = screen.getByLabelText('Memory per job');
    fireEvent.change(memory, { target: { value: '12 kB' } });
    await pause();
    expect(memory.getAttribute('aria-invalid')).toBe('true');
    expect(described('Memory per job')).toContain('at least 1 MiB');
  });

  it('says at the number of jobs how many the batch system allows', async () => {
    const message = 'your QOS long allows 4 submitted jobs';
    manager.jobScript.mockResolvedValue(aScript({ job_limit: { jobs: 4, message } }));
    await open();
    expect(described('Jobs to start with').trim()).toBe(message);
    fireEvent.click(screen.getByRole('button', { name: /^More options/ }));
    fireEvent.change(screen.getByLabelText('Adapt up to'), { target: { value: '4' } });
    expect(described('Adapt up to').trim()).toBe(message);
    const warnings = [{ field: 'scaling.adapt.maximum_jobs', message: `${message}; the rest` }];
    manager.jobScript.mockResolvedValue(aScript({ warnings, job_limit: { jobs: 4, message } }));
    fireEvent.change(screen.getByLabelText('Adapt up to'), { target: { value: '8' } });
    await pause();
    expect(screen.getByTestId('warning-most').textContent).toContain('the rest');
    expect(model.canCreate).toBe(true);
  });

  it('offers the partition that allows the walltime', async () => {
    manager.site = aSite({
      partitions: [
        aPartition(),
        aPartition({ name: 'long', default: false, max_walltime: 172_800 })
      ]
    });
    await open();
    const problems = [{ field: 'walltime', message: 'debug allows 00:30:00' }];
    manager.jobScript.mockResolvedValueOnce(aScript({ problems, options: { walltime: 2400 } }));
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '40' } });
    await pause();
    fireEvent.click(screen.getByRole('button', { name: 'Use long?' }));
    expect(model.values.partition).toBe('long');
  });

  it('offers a way out of a doubt, too', async () => {
    manager.site = aSite({
      partitions: [aPartition(), aPartition({ name: 'long', default: false, max_walltime: null })]
    });
    await open();
    const warnings = [{ field: 'walltime', message: 'debug allows 30 min', doubtful: true }];
    manager.jobScript.mockResolvedValueOnce(aScript({ warnings, options: { walltime: 2400 } }));
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '40' } });
    await pause();
    fireEvent.click(screen.getByRole('button', { name: 'Use long?' }));
    expect(model.values.partition).toBe('long');
  });

  it('says where the jobs run without Slurm', async () => {
    manager.site = aSite({ batch_system: 'local', choices: ['local'] });
    await open();
    expect(screen.getByTestId('embedded-note').textContent).toContain('run on this machine');
  });

  it('says that Slurm is silent, and offers the local queue', async () => {
    manager.site = aSite({ problem: aProblem({ message: 'slurmctld does not answer' }) });
    await open();
    expect(screen.getByTestId('site-problem').textContent).toContain('slurmctld does not answer');
    fireEvent.click(screen.getByRole('radio', { name: 'local queue on this machine' }));
    await pause();
    expect(manager.jobScript.mock.lastCall?.[0].batch_system).toBe('local');
  });

  it('waits for a slow Slurm, and is filled in when it answers', async () => {
    const message = 'Slurm is slow: still waiting for its partitions.';
    const problem = aProblem({ code: 'batch_system_slow', message });
    manager.site = aSite({ partitions: [], problem });
    await open();
    expect(screen.getByTestId('site-problem').textContent).toContain(message);
    expect(screen.queryByRole('radiogroup', { name: 'Batch system' })).toBeNull();
    expect(model.canCreate).toBe(true);
    act(() => {
      manager.site = aSite({ partitions: [aPartition({ name: 'long' })] });
      manager.changed.emit();
    });
    expect(screen.queryByTestId('site-problem')).toBeNull();
    expect(screen.getByTestId('partition-long')).toBeTruthy();
    // What was not checked before is checked now.
    const problems = [{ field: 'walltime', message: 'long allows 30 min' }];
    manager.jobScript.mockResolvedValueOnce(aScript({ problems }));
    await pause();
    expect(screen.getByTestId('problem-walltime')).toBeTruthy();
  });

  it('says what Slurm does not show, and can be filled in all the same', async () => {
    const message = 'Slurm does not show its nodes to you: cores and memory are not checked.';
    const partitions = [aPartition({ cores_per_node: null, memory_per_node: null })];
    manager.site = aSite({ partitions, unseen: [{ what: 'nodes', message, waiting: false }] });
    await open();
    expect(screen.getByTestId('unseen-nodes').textContent).toBe(message);
    expect(screen.getByTestId('partition-debug')).toBeTruthy();
    expect(model.canCreate).toBe(true);
    act(() => model.setBatchSystem('local'));
    expect(screen.queryByTestId('unseen-nodes')).toBeNull();
  });

  it('does not ask for the batch system while Slurm answers', async () => {
    await open();
    expect(screen.queryByRole('radiogroup', { name: 'Batch system' })).toBeNull();
  });

  it('says what a cluster would end with', async () => {
    manager.site = aSite({ ends_with: 'Jupyter runs inside Slurm job 4711.' });
    await open();
    expect(screen.getByTestId('ends-with').textContent).toBe('Jupyter runs inside Slurm job 4711.');
  });

  it('lets one choose an environment, or write a path', async () => {
    manager.environments.mockResolvedValue([
      { name: 'py311', display_name: 'Python 3.11', python: '/envs/py311/bin/python' }
    ]);
    await open();
    await act(() => vi.advanceTimersByTimeAsync(0));
    const choice = screen.getByLabelText('Python environment');
    fireEvent.change(choice, { target: { value: '/envs/py311/bin/python' } });
    expect(model.values.python).toBe('/envs/py311/bin/python');
    const other = [...choice.querySelectorAll('option')].find(o => o.textContent === 'other…')!;
    fireEvent.change(choice, { target: { value: other.value } });
    const path = screen.getByLabelText('Path of the Python interpreter');
    fireEvent.change(path, { target: { value: '/opt/python' } });
    expect(model.values.python).toBe('/opt/python');
  });

  it('has a plain field for Python on a server too old to list environments', async () => {
    await open();
    expect(screen.getByLabelText('Python environment').tagName).toBe('INPUT');
  });

  it('shows a failure as a whole in its own words', async () => {
    await open();
    manager.jobScript.mockRejectedValueOnce(new Error('the renderer does not answer'));
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '40' } });
    await pause();
    expect(screen.getByTestId('form-failure').textContent).toContain(
      'the renderer does not answer'
    );
    fireEvent.click(screen.getByRole('button', { name: 'Try Again' }));
    await act(() => vi.advanceTimersByTimeAsync(0));
    expect(screen.queryByTestId('form-failure')).toBeNull();
  });

  it('says beside its label what it understood, and asks what a bare size means', async () => {
    await open();
    const type = (label: string, value: string): void => {
      fireEvent.change(screen.getByLabelText(label), { target: { value } });
    };
    type('Walltime', '1:30');
    expect(screen.getByTestId('echo-walltime').textContent).toBe('= 1 min 30 s');
    expect(described('Walltime')).toContain('= 1 min 30 s');
    type('Walltime', 'soon');
    expect(screen.queryByTestId('echo-walltime')).toBeNull();
    expect(screen.getByTestId('problem-walltime').textContent).toContain('such as 30 min');
    type('Memory per job', '16');
    expect(screen.getByTestId('problem-memory').textContent).toContain('needs a unit');
    fireEvent.click(screen.getByRole('button', { name: 'Use 16 GB?' }));
    expect(model.values.memory).toBe('16 GB');
    expect(screen.getByTestId('echo-memory').textContent).toBe('= 14.9 GiB');
    expect(screen.queryByTestId('problem-memory')).toBeNull();
  });

  it('has no script while a value cannot be used, and says which, with all problems', async () => {
    await open();
    const problems = [{ field: 'memory', message: 'no size' }];
    const others = [...problems, { field: 'qos', message: 'there is no such QOS' }];
    const nothing = { lines: [], script: '', options: null, jobs: 0, cores: 0, workers: 0 };
    manager.jobScript.mockResolvedValueOnce(aScript({ ...nothing, problems: others }));
    fireEvent.change(screen.getByLabelText('Memory per job'), { target: { value: 'lots' } });
    await pause();
    const missing = 'Fix Memory, QOS to see the script';
    expect(screen.getByTestId('script-missing').textContent).toBe(missing);
    expect(screen.getByTestId('problem-memory').textContent).toContain('such as 16 GB');
    expect(screen.getByTestId('problem-qos').textContent).toContain('no such QOS');
    // The last good script is dimmed, and is as it was.
    expect(screen.getByTestId('job-script').dataset.stale).toBe('true');
    expect(line('#SBATCH --cpus-per-task=4')).toBeTruthy();
    fireEvent.change(screen.getByLabelText('Memory per job'), { target: { value: '8 GB' } });
    await pause();
    expect(screen.queryByTestId('script-missing')).toBeNull();
    expect(screen.getByTestId('job-script').dataset.stale).toBeUndefined();
  });

  it('knows before that no further cluster is allowed', async () => {
    manager.site = aSite({ limits: { max_clusters: 1 } });
    manager.clusters = [aCluster()];
    await open();
    expect(screen.getByTestId('cluster-limit').textContent).toContain('You have 1 cluster,');
    expect(model.canCreate).toBe(false);
    expect(totalSentence(model, trans)).toContain('Cannot create: 1 cluster is the limit here');
    act(() => {
      manager.clusters = [aCluster({ status: 'failed' })];
      manager.changed.emit();
    });
    expect(screen.queryByTestId('cluster-limit')).toBeNull();
    expect(model.canCreate).toBe(true);
    act(() => {
      manager.site = aSite({ limits: { max_clusters: 0 } });
      manager.changed.emit();
    });
    expect(screen.getByTestId('cluster-limit').textContent).toBe('No clusters are allowed here.');
  });

  const launch = async (): Promise<NewClusterDialog> => {
    model = new NewClusterModel({ manager, trans });
    const dialog = new NewClusterDialog(model, trans);
    await act(async () => {
      void dialog.launch().catch(() => undefined); // disposed of
      await vi.advanceTimersByTimeAsync(100);
      await model.ready;
    });
    return dialog;
  };

  it('shows a refusal where the button is, until a value changes', async () => {
    const dialog = await launch();
    const refusal = dialog.node.querySelector('[data-testid="new-cluster-refusal"]')!;
    expect(refusal.getAttribute('role')).toBe('alert');
    manager.create.mockRejectedValueOnce(new RestError('3 clusters are allowed here', 409));
    await act(async () => {
      fireEvent.click(dialog.node.querySelector('.jp-Dialog-button.jp-mod-accept')!);
      await vi.advanceTimersByTimeAsync(100);
    });
    expect(refusal.textContent).toBe('3 clusters are allowed here');
    expect(screen.queryByTestId('form-failure')).toBeNull();
    fireEvent.change(screen.getByLabelText('Cores per job'), { target: { value: '2' } });
    expect(refusal.textContent).toBe('');
    // A refused field gets the focus, wherever it lies.
    const problems = [{ field: 'log_directory', message: 'not there' }];
    manager.create.mockRejectedValueOnce(new RestError('no', 400, 'InvalidOptions', problems));
    await pause();
    await act(async () => {
      fireEvent.click(dialog.node.querySelector('.jp-Dialog-button.jp-mod-accept')!);
      await vi.advanceTimersByTimeAsync(100);
    });
    expect(document.activeElement).toBe(screen.getByLabelText('Log directory'));
    dialog.dispose();
  });

  it('asks before it discards what was entered, by whatever way one leaves', async () => {
    const dialog = await launch();
    const question = (): Element | null =>
      dialog.node.querySelector('[role="alertdialog"]:not([hidden])');
    const cores = screen.getByLabelText('Cores per job');
    cores.focus();
    fireEvent.change(cores, { target: { value: '12' } });
    fireEvent.keyDown(cores, { key: 'Escape' });
    expect(dialog.isDisposed).toBe(false);
    expect(question()?.textContent).toContain('Discard what you entered?');
    expect(document.activeElement?.textContent).toBe('Keep Editing');
    fireEvent.keyDown(document.activeElement!, { key: 'Escape' });
    expect(question()).toBeNull();
    expect(document.activeElement).toBe(cores);
    fireEvent.click(dialog.node.querySelector('.jp-Dialog-button.jp-mod-reject')!);
    fireEvent.click(screen.getByText('Discard'));
    await act(() => vi.advanceTimersByTimeAsync(100));
    expect(dialog.isDisposed).toBe(true);
    expect(dialog.cluster).toBeNull();
  });

  it('leaves at once where nothing was entered', async () => {
    const dialog = await launch();
    act(() => model.renew());
    fireEvent.keyDown(screen.getByLabelText('Name'), { key: 'Escape' });
    await act(() => vi.advanceTimersByTimeAsync(100));
    expect(dialog.isDisposed).toBe(true);
  });

  it('asks to insist where the jobs may never start', async () => {
    const dialog = await launch();
    const button = dialog.node.querySelector<HTMLButtonElement>('.jp-Dialog-button.jp-mod-accept')!;
    expect(button.textContent).toBe('Create');
    const warnings = [{ field: 'walltime', message: 'debug allows 30 min', doubtful: true }];
    manager.jobScript.mockResolvedValue(aScript({ warnings }));
    const walltime = screen.getByLabelText('Walltime');
    fireEvent.change(walltime, { target: { value: '40' } });
    // Nobody has read it yet.
    fireEvent.keyDown(walltime, { key: 'Enter' });
    await pause();
    expect(manager.create).not.toHaveBeenCalled();
    expect(button.textContent).toBe('Create Anyway');
    expect(button.disabled).toBe(false);
    fireEvent.click(button);
    await act(() => vi.advanceTimersByTimeAsync(100));
    expect(manager.create).toHaveBeenCalledTimes(1);
    expect(dialog.isDisposed).toBe(true);
  });

  it('is busy, and then creates, when Enter follows a key at once', async () => {
    const dialog = await launch();
    const button = dialog.node.querySelector('.jp-Dialog-button.jp-mod-accept')!;
    expect(button.getAttribute('aria-busy')).toBe('false');
    const answer = deferred<IJobScript>();
    manager.jobScript.mockReturnValueOnce(answer.promise);
    const cores = screen.getByLabelText('Cores per job');
    fireEvent.change(cores, { target: { value: '12' } });
    fireEvent.keyDown(cores, { key: 'Enter' });
    await act(() => vi.advanceTimersByTimeAsync(2 * PREVIEW_DELAY));
    expect(button.getAttribute('aria-busy')).toBe('true');
    expect(dialog.isDisposed).toBe(false);
    await act(async () => {
      answer.resolve(aScript());
      await vi.advanceTimersByTimeAsync(100);
    });
    expect(manager.create).toHaveBeenCalledTimes(1);
    expect(dialog.cluster?.name).toBe('blue-otter');
    expect(dialog.isDisposed).toBe(true);
  });
});
