import { Dialog, showDialog } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';

import type { ICluster } from '../../src/api/restapi';
import { RunningClusters } from '../../src/athome/runningclusters';
import { CommandIDs } from '../../src/clusters/commandids';
import { fakeManager } from '../fakes';
import { aCluster, noJobs, trans } from '../fixtures';

const waiting = { jobs: { ...noJobs, desired: 2, pending: 2 }, cores: 0 };

describe('what runs', () => {
  const executed: unknown[] = [];
  const reveal = vi.fn();
  const section = (...clusters: ICluster[]) => {
    const manager = fakeManager(clusters);
    const commands = new CommandRegistry();
    const execute = (args: unknown): void => void executed.push(args);
    commands.addCommand(CommandIDs.stop, { execute });
    return {
      manager,
      section: new RunningClusters({ manager, panel: { reveal, show: vi.fn() }, commands, trans })
    };
  };
  const over = aCluster({ id: 'c', name: 'old-owl', status: 'failed' });
  const leaving = aCluster({ id: 'd', name: 'leaver', status: 'stopping' });

  it('is each cluster that is not over, with its status', () => {
    const [item, ...others] = section(aCluster(), over).section.running();
    expect(others).toEqual([]);
    expect(item.label()).toBe('blue-otter');
    expect(item.labelTitle!()).toBe('blue-otter: running, 4 of 4 jobs connected, 48 cores');
    expect(item.detail!()).toBe('48 cores');
    expect(section(aCluster(waiting)).section.running()[0].detail!()).toBe('pending');
    item.open!();
    expect(reveal).toHaveBeenCalledWith('3f9a12bc');
  });

  it('is stopped one by one by the command that asks', () => {
    const { section: running, manager } = section(aCluster());
    running.running()[0].shutdown!();
    expect(executed).toEqual([{ id: '3f9a12bc' }]);
    expect(manager.stop).not.toHaveBeenCalled();
  });

  it('is stopped all together after a question that names them', () => {
    const { section: running, manager } = section(aCluster(), over, leaving);
    expect(running.shutdownAllConfirmationText).toContain(
      'blue-otter (running, 4 of 4 jobs connected, 48 cores), leaver (stopping'
    );
    running.shutdownAll();
    expect(manager.stop.mock.calls).toEqual([['3f9a12bc']]);
  });

  it('goes on when Enter answers the question at once', async () => {
    const { section: running } = section(aCluster());
    // As the sidebar asks, and a dialog of somebody else's later.
    const ask = async (body: string): Promise<HTMLElement> => {
      const [cancel, act] = [Dialog.cancelButton(), Dialog.warnButton({ label: 'Stop All' })];
      const asked = showDialog({ title: 'Stop All?', body, buttons: [cancel, act] });
      await waitFor(() => expect(document.querySelector('.jp-Dialog :focus')).not.toBeNull());
      const focused = document.activeElement as HTMLElement;
      document.querySelector<HTMLElement>('.jp-Dialog .jp-mod-reject')!.click();
      expect((await asked).button.accept).toBe(false);
      return focused;
    };
    expect((await ask(running.shutdownAllConfirmationText)).textContent).toBe('Cancel');
    expect((await ask('Something else')).textContent).toBe('Stop All');
  });

  it('is said anew when it changes, and asked for on request', () => {
    const { section: running, manager } = section();
    const slot = vi.fn();
    running.runningChanged.connect(slot);
    manager.changed.emit();
    expect(slot).toHaveBeenCalledTimes(1);
    running.refreshRunning();
    expect(manager.refresh).toHaveBeenCalledTimes(1);
  });
});
