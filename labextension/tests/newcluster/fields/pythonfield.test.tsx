import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { formHarness, site } from '../harness';

const form = formHarness();

describe('the environment', () => {
  const environments = [
    { name: 'python3', display_name: 'Python 3', python: '/usr/bin/python3' },
    { name: 'py311', display_name: 'Python 3.11', python: '/envs/py311/bin/python' }
  ];

  it('is said to be that of the notebook, or can be made so', async () => {
    form.manager.environments.mockResolvedValue(environments);
    form.manager.site = site({ defaults: { python: '/usr/bin/python3' } });
    await form.open({ kernel: () => 'py311' });
    expect(screen.getByText(/Your notebook runs Python 3.11/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Use it?' }));
    expect(form.model.values.python).toBe('/envs/py311/bin/python');
    expect(screen.getByText('the same as your notebook ✓')).toBeTruthy();
  });

  it('says nothing without a notebook', async () => {
    form.manager.environments.mockResolvedValue(environments);
    await form.open({ kernel: () => null });
    expect(screen.queryByText(/notebook/)).toBeNull();
  });
});
