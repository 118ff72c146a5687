import { act, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { NotebookKernel } from '../../../src/clusters/kernel';
import { fillFrom } from '../../../src/newcluster/model/fill';
import { FakeKernel, someFacts } from '../../fakekernel';
import { aCluster } from '../../fixtures';
import { formHarness, site } from '../harness';

const form = formHarness();

describe('the environment', () => {
  const environments = [
    { name: 'python3', display_name: 'Python 3', python: '/usr/bin/python3' },
    { name: 'py311', display_name: 'Python 3.11', python: '/envs/py311/bin/python' },
    { name: 'box', display_name: 'In a box', python: 'apptainer exec --nv a.sif python' }
  ];

  /** Open the form beside a notebook with this kernel. */
  const openWith = async (kernel: FakeKernel): Promise<void> => {
    form.manager.environments.mockResolvedValue(environments);
    form.manager.site = site({ defaults: { python: '/usr/bin/python3' } });
    await form.open({ kernel: new NotebookKernel(kernel, 'My own') });
  };
  const say = (kernel: FakeKernel, executable: string, python = executable): Promise<void> =>
    act(async () => kernel.say(someFacts({ executable, python })));
  const python = (): HTMLSelectElement => screen.getByLabelText('Python environment');

  it.each([
    ['a listed one', 'py311', ['/envs/py311/bin/python'], 'Python 3.11'],
    ['one that no kernelspec names', 'script', ['/envs/own/bin/python'], 'My own'],
    ['one whose path has a space', 'script', ['/my envs/a/bin/python'], 'My own'],
    [
      'one in a container that the kernelspec names',
      'box',
      ['/bin/python', 'apptainer exec /x/a.sif /bin/python'],
      'In a box'
    ],
    [
      'one in a container behind a script',
      'script',
      ['/bin/python', 'apptainer exec /x/a.sif /bin/python'],
      'My own'
    ]
  ])('is that of the notebook: %s', async (_, name, [executable, command], shown) => {
    const kernel = new FakeKernel(name);
    await openWith(kernel);
    await say(kernel, executable, command);
    const expected = name === 'box' ? environments[2].python : (command ?? executable);
    expect(form.model.values.python).toBe(expected);
    expect(python().selectedOptions[0].textContent).toBe(shown);
    expect(screen.getByText('the same as your notebook ✓')).toBeTruthy();
    await form.pause();
    expect(form.asked().options.python).toBe(expected);
  });

  it('is the default if the notebook runs that', async () => {
    const kernel = new FakeKernel('python3');
    await openWith(kernel);
    await say(kernel, '/usr/bin/python3');
    expect(form.model.values.python).toBe('');
    expect(screen.getByText('the same as your notebook ✓')).toBeTruthy();
  });

  it('that was chosen stays, and that of the notebook can be', async () => {
    const kernel = new FakeKernel('script');
    await openWith(kernel);
    fireEvent.change(python(), { target: { value: '/envs/py311/bin/python' } });
    await say(kernel, '/envs/own/bin/python');
    expect(form.model.values.python).toBe('/envs/py311/bin/python');
    expect(screen.getByText(/Your notebook runs My own/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Use it?' }));
    expect(form.model.values.python).toBe('/envs/own/bin/python');
  });

  it('of another cluster that is changed stays', async () => {
    const kernel = new FakeKernel('script');
    await openWith(kernel);
    fillFrom(form.model, aCluster());
    const before = form.model.values.python;
    await say(kernel, '/envs/own/bin/python');
    expect(form.model.values.python).toBe(before);
  });

  it('is left to the administrator who fixed it', async () => {
    const kernel = new FakeKernel('script');
    await openWith(kernel);
    form.manager.site = site({ limits: { fixed: { python: '/opt/python' } } as never });
    await say(kernel, '/envs/own/bin/python');
    expect(form.model.values.python).toBe('');
  });

  it('is the kernelspec’s while the kernel is busy, which is said', async () => {
    const kernel = new FakeKernel('py311', 'busy');
    await openWith(kernel);
    expect(form.model.values.python).toBe('/envs/py311/bin/python');
    expect(screen.getByText(/kernel is busy/)).toBeTruthy();
    await act(async () => kernel.become('idle'));
    await say(kernel, '/envs/other/bin/python');
    expect(form.model.values.python).toBe('/envs/other/bin/python');
  });

  it('of a kernel that does not say it is not known', async () => {
    const kernel = new FakeKernel('script');
    await openWith(kernel);
    await act(async () => kernel.answer.reject(new Error('gone')));
    expect(form.model.values.python).toBe('');
    expect(screen.getByText(/did not say which Python/)).toBeTruthy();
  });

  it('says nothing without a notebook', async () => {
    form.manager.environments.mockResolvedValue(environments);
    await form.open();
    expect(screen.queryByText(/notebook/)).toBeNull();
  });
});
