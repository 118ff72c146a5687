import { act, fireEvent, screen } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { COPIED_FOR } from '../../../src/newcluster/script/copybutton';
import { aScript } from '../../fixtures';
import { formHarness } from '../harness';

const form = formHarness();

describe('the script', () => {
  const line = (text: string): HTMLElement => screen.getByText(text).parentElement!;

  beforeEach(() => {
    form.manager.jobScript.mockResolvedValue(
      aScript({
        lines: [
          { text: '#!/usr/bin/env bash', from: null },
          { text: '#SBATCH --cpus-per-task=4', from: 'cores' },
          { text: '#SBATCH --array=0-0', from: 'scaling' },
          { text: '#SBATCH --exclusive', from: 'job_extra_directives' }
        ],
        jobs: 0
      })
    );
  });

  it('says that no job is submitted at first', async () => {
    await form.open();
    const array = line('#SBATCH --array=0-0');
    expect(array.dataset.moot).toBe('true');
    expect(array.textContent).toContain('no job at first');
  });

  it('leads to the field of a line, also by keyboard, also among the more options', async () => {
    await form.open();
    fireEvent.click(line('#SBATCH --cpus-per-task=4'));
    expect(document.activeElement).toBe(screen.getByLabelText('Cores per job'));
    const script = screen.getByTestId('job-script');
    for (let step = 0; step < 9; step++) {
      fireEvent.keyDown(script, { key: 'ArrowDown' });
    }
    const current = document.getElementById(script.getAttribute('aria-activedescendant')!)!;
    expect(current.textContent).toContain('--exclusive');
    expect(current.dataset.lit).toBe('true');
    fireEvent.keyDown(script, { key: 'Enter' });
    expect(document.activeElement).toBe(screen.getByLabelText('Extra directives'));
  });

  it('can be had in Python and as YAML, and copied', async () => {
    const write = vi.fn(async () => undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText: write } });
    await form.open();
    fireEvent.click(screen.getByRole('radio', { name: 'Python' }));
    expect(screen.getByTestId('export-python').textContent).toBe('cluster = SLURMCluster()');
    const copy = screen.getByRole('button', { name: 'Copy the Python code' });
    await act(async () => {
      fireEvent.click(copy);
    });
    expect(write).toHaveBeenCalledWith('cluster = SLURMCluster()');
    expect(screen.getByText('copied')).toBeTruthy();
    await act(() => vi.advanceTimersByTimeAsync(COPIED_FOR));
    expect(screen.queryByText('copied')).toBeNull();
    fireEvent.click(screen.getByRole('radio', { name: 'YAML' }));
    expect(screen.getByTestId('export-yaml').textContent).toBe('jobqueue:');
    vi.unstubAllGlobals();
  });

  it('is all there is on a server too old to export it', async () => {
    form.manager.jobScript.mockResolvedValue(aScript({ exports: undefined }));
    await form.open();
    expect(screen.queryByRole('radio', { name: 'Python' })).toBeNull();
  });
});
