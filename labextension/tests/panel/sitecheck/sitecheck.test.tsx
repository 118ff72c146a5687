import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RestError } from '../../../src/api/restapi';
import { SiteCheck } from '../../../src/panel/sitecheck/body';
import { SiteCheckModel } from '../../../src/panel/sitecheck/model';
import type { FakeManager } from '../../fakes';
import { fakeManager } from '../../fakes';
import { aSiteCheck, trans } from '../../fixtures';

const copied = vi.hoisted(() => vi.fn());
vi.mock('@jupyterlab/apputils', () => ({ Clipboard: { copyToSystem: copied } }));

const versions = aSiteCheck().checks[0]!;
const commands = {
  name: 'slurm_commands',
  title: "Slurm's commands",
  outcome: 'failed' as const,
  message: 'squeue cannot be used',
  words: "there is no command 'squeue'",
  advice: 'Load the module slurm.'
};

describe('a check of the site', () => {
  let manager: FakeManager;
  let model: SiteCheckModel;

  beforeEach(() => {
    vi.useFakeTimers();
    manager = fakeManager();
    model = new SiteCheckModel(manager);
  });

  afterEach(() => {
    cleanup();
    model.dispose();
    vi.useRealTimers();
  });

  it('shows the checks as they end', async () => {
    manager.checkSite.mockResolvedValueOnce(
      aSiteCheck({ running: true, looking_at: "Slurm's commands" })
    );
    render(<SiteCheck model={model} trans={trans} />);
    expect(screen.getByRole('status').textContent).toBe('Looking…');
    await act(() => model.start());
    expect(manager.checkSite).toHaveBeenLastCalledWith('POST');
    expect(screen.getByRole('status').textContent).toBe("Looking at Slurm's commands…");
    expect(screen.getByTestId('check-versions').textContent).toContain(versions.message);
    manager.checkSite.mockResolvedValueOnce(
      aSiteCheck({ running: false, checks: [versions, commands] })
    );
    await act(() => vi.advanceTimersByTimeAsync(1100));
    expect(manager.checkSite).toHaveBeenLastCalledWith('GET');
    expect(screen.getByRole('status').textContent).toBe('1 check failed.');
    const failed = screen.getByTestId('check-slurm_commands');
    expect(failed.dataset.outcome).toBe('failed');
    expect(failed.querySelector('pre')!.textContent).toBe(commands.words);
    expect(failed.textContent).toContain(commands.advice);
    // Nothing more is asked, and nothing has to be stopped.
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    expect(manager.checkSite).toHaveBeenCalledTimes(2);
    model.dispose();
    expect(manager.stopSiteCheck).not.toHaveBeenCalled();
  });

  it('can be copied as text, and begun anew', async () => {
    manager.checkSite.mockResolvedValue(aSiteCheck({ text: 'ok  Versions' }));
    render(<SiteCheck model={model} trans={trans} />);
    const copy = screen.getByText<HTMLButtonElement>('Copy as Text');
    const again = screen.getByText<HTMLButtonElement>('Check Again');
    expect([copy.disabled, again.disabled]).toEqual([true, true]);
    await act(() => model.start());
    expect(screen.getByRole('status').textContent).toBe('All is well.');
    fireEvent.click(copy);
    expect(copied).toHaveBeenCalledWith('ok  Versions');
    await act(async () => {
      fireEvent.click(again);
      await Promise.resolve();
    });
    expect(manager.checkSite.mock.calls).toEqual([['POST'], ['POST']]);
  });

  it('says why it cannot begin', async () => {
    manager.checkSite.mockRejectedValue(new RestError('not found', 404));
    render(<SiteCheck model={model} trans={trans} />);
    await act(() => model.start());
    expect(screen.getByRole('alert').textContent).toContain('not found');
    expect(screen.getByText<HTMLButtonElement>('Check Again').disabled).toBe(false);
  });

  it('is stopped when nobody reads it any longer', async () => {
    manager.checkSite.mockResolvedValue(aSiteCheck({ running: true }));
    await model.start();
    model.dispose();
    expect(manager.stopSiteCheck).toHaveBeenCalledTimes(1);
  });
});
