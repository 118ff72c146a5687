import { act, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { RestError } from '../../../src/api/restapi';
import { aProfile } from '../../fixtures';
import { formHarness, site } from '../harness';

const form = formHarness();

describe('start from', () => {
  const profiles = [
    aProfile({ name: 'small', source: 'administrator', options: { cores: 1 }, scaling: null }),
    aProfile({
      name: 'mine',
      description: 'For the nightly run',
      options: {
        cores: 8,
        memory: 32e9,
        walltime: 7200,
        job_script_prologue: ['a', 'b'],
        idle_timeout: 5400
      },
      scaling: { adapt: { minimum_jobs: 1, maximum_jobs: 5 } }
    })
  ];
  const list = (): HTMLSelectElement => screen.getByLabelText('Start from');

  it('fills the form with a profile, and with the defaults again', async () => {
    form.manager.profiles.mockResolvedValue(profiles);
    await form.open();
    const name = form.model.values.name;
    expect([...list().options].map(option => option.text)).toEqual([
      'site defaults',
      'small',
      'mine'
    ]);
    fireEvent.change(list(), { target: { value: 'profile:mine' } });
    expect(form.model.values).toMatchObject({
      name,
      cores: '8',
      memory: '32 GB',
      walltime: '02:00:00',
      job_script_prologue: 'a\nb',
      idle_timeout: '1 h 30 min',
      scaling: '1',
      most: '5'
    });
    expect(screen.getByText('For the nightly run')).toBeTruthy();
    // The options that the profile sets are visible.
    expect(form.more().getAttribute('aria-expanded')).toBe('true');
    await form.pause();
    expect(form.asked()).toMatchObject({
      options: { cores: 8, memory: '32 GB', idle_timeout: 5400 },
      scaling: { adapt: { minimum_jobs: 1, maximum_jobs: 5 } }
    });
    fireEvent.change(screen.getByLabelText('Cores per job'), { target: { value: '9' } });
    expect(screen.getByText('For the nightly run · modified')).toBeTruthy();
    fireEvent.change(list(), { target: { value: 'site' } });
    expect(form.model.values).toMatchObject({ cores: '4', most: '', job_script_prologue: '' });
  });

  it("begins with the site's default profile, before anything was used", async () => {
    form.manager.site = site({ limits: { default_profile: 'small' } });
    form.manager.profiles.mockResolvedValue(profiles);
    await form.open();
    expect(list().value).toBe('profile:small');
    expect(form.asked().options).toMatchObject({ cores: 1 });
  });

  it('begins with what was used last, whatever the default profile is', async () => {
    form.manager.site = site({ limits: { default_profile: 'small' } });
    form.manager.profiles.mockResolvedValue(profiles);
    form.manager.lastValues.mockResolvedValue({ cores: '7' });
    await form.open();
    expect(list().value).toBe('last');
  });

  it("offers the site's profiles alone where there is nothing else to choose", async () => {
    form.manager.site = site({ limits: { profiles_only: true } });
    form.manager.profiles.mockResolvedValue(profiles);
    form.manager.lastValues.mockResolvedValue({ cores: '7' });
    await form.open();
    expect([...list().options].map(option => option.text)).toEqual(['small']);
    expect(list().value).toBe('profile:small');
    expect(form.asked().options).toMatchObject({ cores: 1 });
    expect(screen.queryByRole('button', { name: 'Save as Profile…' })).toBeNull();
    expect(screen.getByLabelText('Cores per job').matches(':disabled')).toBe(true);
    expect(screen.getByLabelText('Memory per job').matches(':disabled')).toBe(true);
    expect(screen.getByLabelText('Jobs to start with').matches(':disabled')).toBe(false);
    expect(screen.getByLabelText('Working directory').matches(':disabled')).toBe(false);
  });

  it('says that there is no profile where only one may be chosen', async () => {
    form.manager.site = site({ limits: { profiles_only: true } });
    form.manager.profiles.mockResolvedValue([]);
    await form.open();
    expect([...list().options].map(option => option.text)).toEqual(['no profile']);
  });

  it('begins with the defaults where there is no such profile', async () => {
    form.manager.site = site({ limits: { default_profile: 'mine' } });
    form.manager.profiles.mockResolvedValue(profiles);
    await form.open();
    expect(list().value).toBe('site');
  });

  it('begins with what was used last, all of its fields', async () => {
    form.manager.lastValues.mockResolvedValue({
      cores: '7',
      qos: 'short',
      log_directory: '~/logs'
    });
    await form.open();
    expect(list().value).toBe('last');
    expect(form.model.values).toMatchObject({ cores: '7', qos: 'short', log_directory: '~/logs' });
  });

  it('saves what is typed as a profile, and starts from it', async () => {
    form.manager.profiles.mockResolvedValue(profiles);
    await form.open();
    form.manager.saveProfile.mockImplementationOnce(async name =>
      aProfile({ name, options: { cores: 3, memory: 15e9, walltime: 600 }, scaling: { jobs: 1 } })
    );
    fireEvent.change(screen.getByLabelText('Cores per job'), { target: { value: '3' } });
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '10' } });
    fireEvent.click(screen.getByRole('button', { name: 'Save as Profile…' }));
    const name = screen.getByLabelText('Name of the profile');
    fireEvent.change(name, { target: { value: 'a/b' } });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(true);
    fireEvent.change(name, { target: { value: ' three ' } });
    await act(async () => {
      fireEvent.keyDown(name, { key: 'Enter' });
    });
    expect(form.manager.saveProfile.mock.lastCall).toEqual([
      'three',
      { options: { cores: 3, memory: '15 GB', walltime: 600 }, scaling: { jobs: 1 } }
    ]);
    expect(form.model.values.walltime).toBe('00:10:00');
    expect(screen.queryByText('modified')).toBeNull();
    expect(list().value).toBe('profile:three');
    expect(screen.queryByLabelText('Name of the profile')).toBeNull();
    expect(document.activeElement).toBe(list());
  });

  it('replaces one of the same name, and shows why it could not', async () => {
    form.manager.profiles.mockResolvedValue(profiles);
    form.manager.saveProfile.mockRejectedValueOnce(new RestError('the disk is full', 500));
    await form.open();
    fireEvent.click(screen.getByRole('button', { name: 'Save as Profile…' }));
    const name = screen.getByLabelText('Name of the profile');
    fireEvent.change(name, { target: { value: 'mine' } });
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Replace' }));
    });
    expect(screen.getByText('the disk is full')).toBeTruthy();
    expect(screen.getByLabelText('Name of the profile')).toBeTruthy();
    fireEvent.keyDown(name, { key: 'Escape' });
    expect(screen.queryByLabelText('Name of the profile')).toBeNull();
  });

  it("deletes one's own, and no other", async () => {
    form.manager.profiles.mockResolvedValueOnce(profiles).mockResolvedValue(profiles.slice(0, 1));
    await form.open();
    fireEvent.change(list(), { target: { value: 'profile:small' } });
    expect(screen.queryByRole('button', { name: /^Delete/ })).toBeNull();
    fireEvent.change(list(), { target: { value: 'profile:mine' } });
    fireEvent.click(screen.getByRole('button', { name: 'Delete the profile mine' }));
    // One click does not delete; nor does Enter, which is Cancel's.
    expect(form.manager.deleteProfile).not.toHaveBeenCalled();
    expect(document.activeElement?.textContent).toBe('Cancel');
    fireEvent.keyDown(document.activeElement!, { key: 'Escape' });
    expect(screen.queryByRole('alertdialog')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Delete the profile mine' }));
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    });
    expect(form.manager.deleteProfile).toHaveBeenCalledWith('mine');
    expect(list().value).toBe('site');
    expect(form.model.values.cores).toBe('8');
  });

  it('saves nothing on a server too old to keep profiles', async () => {
    await form.open();
    expect(screen.queryByRole('button', { name: 'Save as Profile…' })).toBeNull();
  });
});
