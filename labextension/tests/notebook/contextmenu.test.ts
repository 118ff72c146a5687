import { ContextMenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';

import schema from '../../schema/notebook.json';
import { CommandIDs } from '../../src/clusters/commandids';
import { ClientMenu } from '../../src/notebook/contextmenu';
import { fakeManager } from '../fakes';
import { aCluster } from '../fixtures';

const [declared] = schema['jupyter.lab.menus'].context;

describe('the context menu of a notebook', () => {
  const other = aCluster({ id: 'b', name: 'red-fox' });
  const starting = aCluster({ id: 'c', status: 'starting', client_code: null });

  afterEach(() => document.body.replaceChildren());

  it('has the clusters that one can connect to, as they come and go', () => {
    const manager = fakeManager([starting]);
    const commands = new CommandRegistry();
    for (const id of [CommandIDs.insertClient, 'cut']) {
      commands.addCommand(id, { execute: () => undefined });
    }
    // What JupyterLab makes of the schema, among items of its own.
    const contextMenu = new ContextMenuSvg({ commands });
    contextMenu.addItem({ command: 'cut', selector: '.jp-Notebook' });
    const submenu = new Menu({ commands });
    submenu.id = declared.submenu.id;
    contextMenu.addItem({ type: 'submenu', submenu, selector: declared.selector });
    document.body.innerHTML = '<div class="jp-Notebook"></div>';
    const offered = (): unknown[] => {
      const event = new MouseEvent('contextmenu', { bubbles: true });
      const open = (): void => void contextMenu.open(event);
      document.body.addEventListener('contextmenu', open, { once: true });
      document.querySelector('.jp-Notebook')!.dispatchEvent(event);
      const shown = contextMenu.menu.items.some(item => item.submenu === submenu);
      contextMenu.menu.close();
      return shown ? submenu.items.map(({ command, args }) => [command, args]) : [];
    };

    const menu = new ClientMenu({ manager, contextMenu });
    expect(offered()).toEqual([]);

    manager.clusters = [aCluster(), starting, other];
    manager.changed.emit();
    expect(offered()).toEqual([
      [CommandIDs.insertClient, { id: '3f9a12bc', isList: true }],
      [CommandIDs.insertClient, { id: 'b', isList: true }]
    ]);

    manager.clusters = [other];
    manager.changed.emit();
    expect(offered()).toEqual([[CommandIDs.insertClient, { id: 'b', isList: true }]]);

    manager.clusters = [];
    manager.changed.emit();
    expect(offered()).toEqual([]);

    manager.clusters = [other];
    manager.changed.emit();
    menu.dispose();
    menu.dispose();
    expect(offered()).toEqual([]);
  });
});
