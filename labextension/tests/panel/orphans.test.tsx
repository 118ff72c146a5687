import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RestError } from '../../src/api/restapi';
import { CommandIDs } from '../../src/clusters/commandids';
import { anOrphan } from '../fixtures';
import { panelHarness } from '../panelharness';

let panel: ReturnType<typeof panelHarness>;

beforeEach(() => {
  vi.useFakeTimers();
  panel = panelHarness();
});

afterEach(() => {
  panel.close();
  vi.useRealTimers();
});

const click = (button: HTMLElement): Promise<void> => act(async () => void fireEvent.click(button));

describe('jobs without a cluster', () => {
  const settle = (): Promise<unknown> => act(() => vi.advanceTimersByTimeAsync(0));
  const line = (): string | null => screen.queryByTestId('orphans')?.textContent ?? null;

  it('are no line where there are none', async () => {
    panel.open();
    await settle();
    expect(panel.manager.orphans.mock.calls).toEqual([[{ background: true }]]);
    expect(line()).toBeNull();
  });

  it('are counted in a line, listed on request, and cancelled after a question', async () => {
    panel.manager.orphans.mockResolvedValue([
      anOrphan(),
      anOrphan({ cluster_id: 'b', name: 'old-owl', jobs: 2, running: 0 })
    ]);
    panel.open();
    await settle();
    expect(line()).toBe('5 leftover jobsShow');
    await click(screen.getByRole('button', { name: 'Show' }));
    expect(panel.manager.orphans).toHaveBeenLastCalledWith({ background: false });
    expect(screen.getAllByTestId('orphan').map(row => row.textContent)).toEqual([
      expect.stringMatching(/^lost-lynx 3 jobs · 2 running · since /),
      expect.stringMatching(/^old-owl 2 jobs · since /)
    ]);
    await click(screen.getByRole('button', { name: 'Cancel the jobs of old-owl' }));
    await click(screen.getByRole('button', { name: 'Cancel All…' }));
    expect(panel.executed).toEqual([
      [CommandIDs.cancelOrphans, { id: 'b' }],
      [CommandIDs.cancelOrphans, {}]
    ]);
  });

  it('say where there may be more, because Slurm did not answer', async () => {
    const message = 'wice could not be asked: squeue did not answer';
    const unanswered = [{ batch_system: 'slurm' as const, slurm_cluster: 'wice', message }];
    panel.manager.orphans.mockResolvedValue(Object.assign([anOrphan()], { unanswered }));
    panel.open();
    await settle();
    expect(screen.queryByTestId('orphans-unanswered')).toBeNull();
    await click(screen.getByRole('button', { name: 'Show' }));
    expect(screen.getByTestId('orphans-unanswered').textContent).toBe(
      'There may be more: wice could not be asked: squeue did not answer'
    );
  });

  it('say why they could not be cancelled', async () => {
    panel.manager.orphans.mockResolvedValue([anOrphan()]);
    panel.open();
    await settle();
    panel.manager.cancelOrphans.mockRejectedValueOnce(new RestError('scancel: timed out', 504));
    await act(() => panel.model.orphans.cancel('77aa12bc'));
    expect(within(screen.getByTestId('orphans')).getByRole('alert').textContent).toBe(
      'scancel: timed out'
    );
  });
});
