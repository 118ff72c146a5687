import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { StatusButton, StatusItem } from '../../src/athome/statusitem';
import { fakeManager } from '../fakes';
import { aCluster, noJobs, trans } from '../fixtures';

const half = { jobs: { ...noJobs, desired: 4, running: 4, connected: 2 } };

describe('the item of the status bar', () => {
  afterEach(cleanup);

  it('follows the clusters, and shows them', () => {
    const manager = fakeManager([aCluster()]);
    const panel = { show: vi.fn(), reveal: vi.fn() };
    render(<StatusButton manager={manager} trans={trans} panel={panel} />);
    const button = screen.getByRole('button', { name: /^Dask: 48 cores connected/ });
    expect(button.title).toBe('blue-otter: running, 4 of 4 jobs connected, 48 cores');
    fireEvent.click(button);
    expect(panel.show).toHaveBeenCalledTimes(1);
    act(() => {
      manager.clusters = [aCluster(half)];
      manager.changed.emit();
    });
    expect(button.textContent).toBe('24 cores');
  });

  it('is there while a cluster lives, for who wants it', () => {
    const manager = fakeManager();
    const item = new StatusItem({ manager, trans, panel: null });
    const told: boolean[] = [];
    item.activeChanged.connect(() => told.push(item.isActive));
    manager.clusters = [aCluster()];
    manager.changed.emit();
    item.isWanted = false;
    item.isWanted = true;
    manager.clusters = [aCluster({ status: 'failed' })];
    manager.changed.emit();
    expect(told).toEqual([true, false, true, false]);
    item.dispose();
    manager.changed.emit();
    expect(told).toHaveLength(4);
  });
});
