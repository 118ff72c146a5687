import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { ICluster } from '../../src/api/restapi';
import { RunningClusters } from '../../src/athome/runningclusters';
import { StatusButton, StatusItem } from '../../src/athome/statusitem';
import { CommandIDs } from '../../src/clusters/commandids';
import {
  clusterLine,
  connectedCores,
  statusText,
  statusTitle
} from '../../src/clusters/words/status';
import { aPanel } from '../apanel';
import { aCluster, aManager, noJobs } from '../believable';

const trans = nullTranslator.load('test');
const waiting = { jobs: { ...noJobs, desired: 2, pending: 2 }, cores: 0 };
const half = { jobs: { ...noJobs, desired: 4, running: 4, connected: 2 } };

describe('the words', () => {
  it.each<[Partial<ICluster>, number, string]>([
    [{}, 48, 'running, 4 of 4 jobs connected, 48 cores'],
    [half, 24, 'running, 2 of 4 jobs connected, 24 cores'],
    [waiting, 0, 'running, 0 of 2 jobs connected'],
    [{ jobs: noJobs, cores: 0 }, 0, 'running'],
    [{ status: 'starting', jobs: noJobs, cores: 0 }, 0, 'starting'],
    [
      { jobs: { ...noJobs, desired: 1, running: 1, connected: 1 }, cores: 1 },
      1,
      'running, 1 of 1 job connected, 1 core'
    ],
    [
      { jobs: { ...noJobs, desired: 0, running: 2, connected: 2, leaving: 2 }, cores: 2 },
      2,
      'running, 2 of 2 jobs connected, 2 cores'
    ]
  ])('of %j', (changes, cores, line) => {
    expect(connectedCores(aCluster(changes))).toBe(cores);
    expect(clusterLine(aCluster(changes), trans)).toBe(line);
  });

  it('of all clusters', () => {
    const clusters = [aCluster(), aCluster({ name: 'red-fox', ...half })];
    expect(statusText(clusters, trans)).toBe('72 cores');
    expect(statusText([aCluster(waiting)], trans)).toBe('0 cores');
    expect(statusTitle(clusters, trans)).toBe(
      'blue-otter: running, 4 of 4 jobs connected, 48 cores\n' +
        'red-fox: running, 2 of 4 jobs connected, 24 cores'
    );
  });
});

describe('the item of the status bar', () => {
  afterEach(cleanup);

  it('follows the clusters, and shows them', () => {
    const manager = aManager([aCluster()]);
    const onClick = vi.fn();
    render(<StatusButton manager={manager} trans={trans} onClick={onClick} />);
    const button = screen.getByRole('button', { name: /^Dask: 48 cores connected/ });
    expect(button.title).toBe('blue-otter: running, 4 of 4 jobs connected, 48 cores');
    fireEvent.click(button);
    expect(onClick).toHaveBeenCalledTimes(1);
    act(() => {
      manager.clusters = [aCluster(half)];
      manager.changed.emit();
    });
    expect(button.textContent).toBe('24 cores');
  });

  it('is there while a cluster lives, for who wants it', () => {
    const manager = aManager();
    const item = new StatusItem({ manager, trans, onClick: () => undefined });
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

describe('what runs', () => {
  const executed: unknown[] = [];
  const reveal = vi.fn();
  const section = (...clusters: ICluster[]) => {
    const manager = aManager(clusters);
    const commands = new CommandRegistry();
    const execute = (args: unknown): void => void executed.push(args);
    commands.addCommand(CommandIDs.stop, { execute });
    return {
      manager,
      section: new RunningClusters({ manager, panel: { reveal }, commands, trans })
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
    expect(section(aCluster(waiting)).section.running()[0].detail!()).toBe('running');
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
    expect(running.shutdownAllConfirmationText()).toContain(
      'blue-otter (running, 4 of 4 jobs connected, 48 cores); leaver (stopping'
    );
    running.shutdownAll();
    expect(manager.stop.mock.calls).toEqual([['3f9a12bc']]);
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

describe('a right click on a card', () => {
  it('opens its menu, but not on a field, and not with Shift', () => {
    const panel = aPanel();
    panel.open(aCluster());
    const card = screen.getByRole('listitem', { name: 'Cluster blue-otter' });
    const menu = (): Element | null => document.querySelector('.jp-DaskSlurm-menu');
    expect(fireEvent.contextMenu(screen.getByTestId('scale-field'))).toBe(true);
    expect(fireEvent.contextMenu(card, { shiftKey: true })).toBe(true);
    expect(menu()).toBeNull();
    expect(fireEvent.contextMenu(card, { clientX: 5, clientY: 6 })).toBe(false);
    expect(menu()).not.toBeNull();
    fireEvent.keyDown(menu()!, { keyCode: 27 });
    panel.close();
  });
});
