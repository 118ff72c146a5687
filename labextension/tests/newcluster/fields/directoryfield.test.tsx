import { act, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { NotebookKernel } from '../../../src/clusters/kernel';
import { FakeKernel, someFacts } from '../../fakekernel';
import { aProfile } from '../../fixtures';
import { formHarness, site } from '../harness';

const form = formHarness();

describe('the working directory', () => {
  const field = (): HTMLInputElement => screen.getByLabelText('Working directory');
  const kernel = new FakeKernel();
  const openBeside = (folder: string, kernel = new FakeKernel()): Promise<void> =>
    form.open({ kernel: new NotebookKernel(kernel, 'My own', folder) });

  it('is the folder of the notebook, and the one that its kernel is in by now', async () => {
    await openBeside('~/analysis', kernel);
    expect(field().value).toBe('~/analysis');
    expect(screen.getByText('the folder of your notebook ✓')).toBeTruthy();
    expect(form.asked().options.directory).toBe('~/analysis');
    await act(async () => kernel.say(someFacts({ directory: '/data/ada' })));
    await form.pause();
    expect(form.asked().options.directory).toBe('/data/ada');
  });

  it('that was chosen stays, and that of the notebook can be', async () => {
    await openBeside('~/analysis');
    fireEvent.change(field(), { target: { value: '/data' } });
    await form.pause();
    expect(form.asked().options.directory).toBe('/data');
    fireEvent.click(screen.getByRole('button', { name: 'Use it?' }));
    expect(field().value).toBe('~/analysis');
  });

  it('is left open without a notebook', async () => {
    await form.open();
    expect(field().value).toBe('');
    expect('directory' in form.asked().options).toBe(false);
    expect(screen.queryByText(/otebook/)).toBeNull();
  });

  it.each([
    ['fixed by the administrator', { limits: { fixed: { directory: '/data' } } as never }],
    ['among the directives of the site', { defaults: { job_extra_directives: ['-D /data'] } }]
  ])('is left open where it is %s', async (_, changes) => {
    form.manager.site = site(changes);
    await openBeside('~/analysis');
    expect(field().value).toBe('');
  });

  it('is left open where the last cluster had it among its directives', async () => {
    form.manager.lastValues.mockResolvedValue({
      directory: '/old',
      job_extra_directives: '--nice\n--chdir=/data'
    });
    await openBeside('~/analysis');
    expect(field().value).toBe('/old');
  });

  it('of this notebook is nothing for a profile, another is', async () => {
    form.manager.saveProfile.mockResolvedValue(aProfile());
    await openBeside('~/analysis');
    await act(() => form.model.saveProfile('mine'));
    expect('directory' in form.manager.saveProfile.mock.lastCall![1].options).toBe(false);
    form.model.set('directory', '/data');
    await act(() => form.model.saveProfile('mine'));
    expect(form.manager.saveProfile.mock.lastCall![1].options.directory).toBe('/data');
  });
});
