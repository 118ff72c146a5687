import { act, fireEvent, screen } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';

import { aProfile, aScript } from '../../fixtures';
import { formHarness, site } from '../harness';

const form = formHarness();

const LIMITS = {
  max_jobs: 4,
  max_clusters: 2,
  max_cores: 2,
  max_memory: 4e9,
  max_walltime: 600,
  max_gpus: 2,
  max_cores_per_user: 64,
  max_idle_timeout: 3600,
  max_age: 86_400,
  fixed: { interface: 'ib0', account: 'physics', walltime: 600 },
  forbidden: ['job_script_prologue', 'python']
};

const hintOf = (label: string): string =>
  screen.getByLabelText(label).closest('[data-field]')!.querySelector('[id$="-note"]')!
    .textContent!;
const isDisabled = (label: string): boolean => screen.getByLabelText(label).matches(':disabled');

describe('what the administrator allows', () => {
  beforeEach(() => {
    form.manager.site = site({
      limits: LIMITS,
      defaults: { interface: 'ib0', account: 'physics', walltime: 600 }
    });
  });

  it('is shown as bounds', async () => {
    await form.open();
    fireEvent.click(form.more());
    expect(hintOf('Cores per job')).toContain('1–2');
    expect(hintOf('Memory per job')).toContain('up to 4 GB');
    expect(hintOf('Jobs to start with')).toContain('up to 4, 64 cores in all your clusters');
    expect(hintOf('Idle time-out')).toContain('up to 1 h');
    expect(hintOf('Maximum age')).toContain('up to 1 d');
    expect(hintOf('Generic resources (gres)')).toContain('up to 2 GPUs');
  });

  it('is within what the form begins with', async () => {
    await form.open();
    expect(form.asked().options).toMatchObject({ cores: 2, memory: '4 GB' });
  });

  it('locks what is the same for everybody, and what is not for users to choose', async () => {
    await form.open();
    fireEvent.click(form.more());
    expect(isDisabled('Network interface')).toBe(true);
    expect(screen.getByLabelText<HTMLInputElement>('Network interface').placeholder).toBe('ib0');
    expect(hintOf('Network interface')).toBe('the same for everybody here ');
    expect(isDisabled('Account')).toBe(true);
    expect(isDisabled('Walltime')).toBe(true);
    expect(isDisabled('Prologue')).toBe(true);
    expect(hintOf('Prologue')).toBe('not for users to choose here ');
    expect(isDisabled('Python environment')).toBe(true);
    expect(isDisabled('Cores per job')).toBe(false);
    expect(isDisabled('Extra directives')).toBe(false);
  });

  it('makes a problem of what is there all the same, which can be removed', async () => {
    form.manager.jobScript.mockResolvedValue(
      aScript({ problems: [{ field: 'job_script_prologue', message: 'not for users' }] })
    );
    await form.open();
    act(() => form.model.set('job_script_prologue', 'module load gcc'));
    await form.pause();
    expect(isDisabled('Prologue')).toBe(false);
    expect(screen.getByTestId('problem-job_script_prologue').textContent).toContain(
      'not for users'
    );
    fireEvent.change(screen.getByLabelText('Prologue'), { target: { value: '' } });
    expect(isDisabled('Prologue')).toBe(true);
  });

  it('hides fields, but for what is there', async () => {
    form.manager.site = site({ limits: { ...LIMITS, hidden: ['qos', 'local_directory'] } });
    await form.open();
    fireEvent.click(form.more());
    expect(screen.queryByLabelText('QOS')).toBeNull();
    expect(screen.queryByLabelText('Local directory')).toBeNull();
    act(() => form.model.set('qos', 'short'));
    expect(screen.getByLabelText<HTMLInputElement>('QOS').value).toBe('short');
    fireEvent.change(screen.getByLabelText('QOS'), { target: { value: '' } });
    expect(screen.getByLabelText('QOS')).toBeTruthy();
  });

  it('shows a hidden field with a problem', async () => {
    form.manager.site = site({ limits: { ...LIMITS, hidden: ['qos'] } });
    form.manager.jobScript.mockResolvedValue(
      aScript({ problems: [{ field: 'qos', message: 'one has to be named' }] })
    );
    await form.open();
    expect(screen.getByTestId('problem-qos').textContent).toContain('one has to be named');
  });

  it('is what a profile of the administrator says, and not what was used last', async () => {
    form.manager.lastValues.mockResolvedValue({ job_script_prologue: 'echo mine', cores: '1' });
    const options = { job_script_prologue: ['module load cuda'] };
    form.manager.profiles.mockResolvedValue([
      aProfile({ name: 'GPU', source: 'administrator', options })
    ]);
    await form.open();
    expect(form.asked().options).toMatchObject({ cores: 1 });
    expect(form.asked().options).not.toHaveProperty('job_script_prologue');
    act(() => form.model.startFrom('profile:GPU'));
    await form.pause();
    expect(form.asked().options).toMatchObject(options);
  });
});
