import { act, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { aScript } from '../../fixtures';
import { formHarness, site } from '../harness';

const form = formHarness();

describe('more options', () => {
  it('are hidden until they are asked for, and say what is inside', async () => {
    await form.open();
    expect(form.more().getAttribute('aria-expanded')).toBe('false');
    expect(form.more().textContent).toContain('adapt, QOS');
    expect(screen.queryByLabelText('QOS')).toBeNull();
    // With several accounts, it matters which one pays.
    expect(screen.getByLabelText('Account')).toBeTruthy();
    fireEvent.click(form.more());
    for (const label of [
      'Adapt up to',
      'QOS',
      'Generic resources (gres)',
      'Idle time-out',
      'Maximum age',
      'Worker time-out',
      'Network interface',
      "Scheduler's interface",
      'Local directory',
      'Log directory',
      'Environment variables',
      'Prologue',
      'Extra directives',
      'Omit directives',
      'Worker arguments'
    ]) {
      expect(screen.getByLabelText(label)).toBeTruthy();
    }
  });

  it('travel as what they are', async () => {
    await form.open();
    fireEvent.click(form.more());
    const type = (label: string, value: string): void => {
      fireEvent.change(screen.getByLabelText(label), { target: { value } });
    };
    type('Account', 'physics');
    type('QOS', 'short');
    type('Prologue', 'module load gcc\n\nexport A=" b"');
    type('Extra directives', '--exclusive');
    type('Environment variables', 'OMP_NUM_THREADS');
    expect(screen.getByText('Enter one NAME=value per line.')).toBeTruthy();
    type('Environment variables', 'OMP_NUM_THREADS=1');
    type('Idle time-out', '8 h');
    type('Maximum age', '0');
    type('Worker time-out', '1:30');
    type('Log directory', '~/logs');
    await form.pause();
    expect(form.asked().options).toMatchObject({
      account: 'physics',
      qos: 'short',
      job_script_prologue: ['module load gcc', 'export A=" b"'],
      job_extra_directives: ['--exclusive'],
      environment: { OMP_NUM_THREADS: '1' },
      idle_timeout: 28_800,
      maximum_age: 0,
      death_timeout: 90,
      log_directory: '~/logs'
    });
    fireEvent.click(form.more());
    expect(form.more().textContent).toContain('set: QOS');
  });

  it('offer the accounts that the partition allows', async () => {
    await form.open();
    fireEvent.click(form.more());
    const words = (): string[] =>
      [...screen.getByLabelText<HTMLSelectElement>('Account').options].map(option => option.text);
    expect(words()).toEqual(['default: chemistry', 'physics', 'chemistry']);
    fireEvent.click(form.radio(/^long/));
    expect(words()).toEqual(['default: chemistry', 'physics']);
  });

  it('have a text for the account where there is no accounting', async () => {
    form.manager.site = site({ accounts: [], qos: [] });
    await form.open();
    fireEvent.click(form.more());
    expect(screen.getByLabelText('Account').tagName).toBe('INPUT');
  });

  it('open by themselves for a problem within', async () => {
    await form.open();
    const problems = [{ field: 'log_directory', message: 'spaces are not allowed' }];
    form.manager.jobScript.mockResolvedValueOnce(aScript({ problems }));
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '20' } });
    await form.pause();
    expect(form.more().getAttribute('aria-expanded')).toBe('true');
    expect(screen.getByTestId('problem-log_directory').textContent).toContain('spaces');
  });

  it('open by themselves for what was used last', async () => {
    form.manager.lastValues.mockResolvedValue({ qos: 'short', name: 'old' });
    await form.open();
    expect(form.more().getAttribute('aria-expanded')).toBe('true');
    expect(screen.getByLabelText<HTMLSelectElement>('QOS').value).toBe('short');
  });

  it('have the account while there is no choice of it', async () => {
    form.manager.site = site({ accounts: ['physics'] });
    await form.open();
    expect(screen.queryByLabelText('Account')).toBeNull();
    fireEvent.click(form.more());
    expect(screen.getByLabelText('Account')).toBeTruthy();
  });

  it('say what a time without a unit is', async () => {
    await form.open();
    fireEvent.click(form.more());
    fireEvent.change(screen.getByLabelText('Idle time-out'), { target: { value: '90' } });
    expect(screen.getByTestId('echo-idle_timeout').textContent).toBe('= 1 min 30 s');
    fireEvent.change(screen.getByLabelText('Idle time-out'), { target: { value: 'a while' } });
    expect(screen.getByTestId('problem-idle_timeout').textContent).toContain('30 min');
    expect(form.model.canCreate).toBe(false);
  });

  it('ask for a job of the controller when it is to live in one', async () => {
    form.manager.site = site({ placements: ['local', 'job'] });
    await form.open();
    fireEvent.click(form.more());
    expect(screen.queryByLabelText('Walltime of the controller')).toBeNull();
    fireEvent.change(screen.getByLabelText('Controller'), { target: { value: 'job' } });
    const walltime = screen.getByLabelText('Walltime of the controller');
    fireEvent.change(walltime, { target: { value: '1-00:00:00' } });
    await form.pause();
    expect(form.asked().options).toMatchObject({
      placement: 'job',
      controller_walltime: 86_400
    });
    fireEvent.change(screen.getByLabelText('Controller'), { target: { value: 'local' } });
    await form.pause();
    expect(form.asked().options).not.toHaveProperty('controller_walltime');
  });

  it('leave out what means nothing to the local queue', async () => {
    await form.open();
    fireEvent.click(form.radio(/^long/));
    act(() => form.model.setBatchSystem('local'));
    await form.pause();
    expect(form.asked().options).not.toHaveProperty('partition');
    fireEvent.click(form.more());
    expect(screen.queryByLabelText('Account')).toBeNull();
    expect(screen.queryByLabelText('Extra directives')).toBeNull();
    expect(screen.getByLabelText('Prologue')).toBeTruthy();
  });

  it('offer the interfaces of this host, and take any other', async () => {
    const interfaces = [
      { name: 'eth0', address: '192.168.1.2' },
      { name: 'ib0', address: '10.1.2.3' }
    ];
    form.manager.site = site({ interfaces, placements: ['local', 'job'] });
    await form.open();
    fireEvent.click(form.more());
    const offered = (label: string): string[] =>
      [...((screen.getByLabelText(label) as HTMLInputElement).list?.options ?? [])].map(
        option => `${option.value}: ${option.text}`
      );
    for (const label of ['Network interface', "Scheduler's interface"]) {
      expect(offered(label)).toEqual(['eth0: eth0 — 192.168.1.2', 'ib0: ib0 — 10.1.2.3']);
    }
    fireEvent.change(screen.getByLabelText('Network interface'), { target: { value: 'hsn0' } });
    await form.pause();
    expect(form.asked().options).toMatchObject({ interface: 'hsn0' });
    // The controller's job is on a host of its own.
    act(() => form.model.set('placement', 'job'));
    expect(offered("Scheduler's interface")).toEqual([]);
  });
});
