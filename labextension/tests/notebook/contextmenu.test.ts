import { CommandRegistry } from '@lumino/commands';
import type { Menu } from '@lumino/widgets';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { CommandIDs } from '../../src/clusters/commandids';
import { ClientMenu } from '../../src/notebook/contextmenu';
import { fakeManager } from '../fakes';
import { aCluster, trans } from '../fixtures';

describe('the context menu of a notebook', () => {
  const removed = vi.fn();
  const addItem = vi.fn((_: { submenu?: Menu | null }) => ({
    isDisposed: false,
    dispose: removed
  }));
  const other = aCluster({ id: 'b', name: 'red-fox' });
  const starting = aCluster({ id: 'c', status: 'starting', client_code: null });

  beforeEach(() => {
    removed.mockReset();
    addItem.mockClear();
  });

  it('has the clusters that one can connect to, as they come and go', () => {
    const manager = fakeManager([starting]);
    const commands = new CommandRegistry();
    const menu = new ClientMenu({ manager, commands, contextMenu: { addItem } as never, trans });
    expect(addItem).not.toHaveBeenCalled();

    manager.clusters = [aCluster(), starting, other];
    manager.changed.emit();
    const { submenu } = addItem.mock.lastCall![0];
    const offered = (): unknown[] => submenu!.items.map(({ command, args }) => [command, args]);
    expect(offered()).toEqual([
      [CommandIDs.insertClient, { id: '3f9a12bc', isList: true }],
      [CommandIDs.insertClient, { id: 'b', isList: true }]
    ]);

    manager.clusters = [other];
    manager.changed.emit();
    expect(offered()).toEqual([[CommandIDs.insertClient, { id: 'b', isList: true }]]);
    expect(addItem).toHaveBeenCalledTimes(1);

    manager.clusters = [];
    manager.changed.emit();
    expect(removed).toHaveBeenCalledTimes(1);
    menu.dispose();
    menu.dispose();
  });
});
