/** The extension in an application, whole and with each plugin disabled. */

import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ContextMenuSvg } from '@jupyterlab/ui-components';
import type { IPlugin } from '@lumino/application';
import { Application } from '@lumino/application';
import type { Token } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { Panel } from '@lumino/widgets';
import { act } from '@testing-library/react';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CommandIDs } from '../../src/clusters/commandids';
import { IClusterManager } from '../../src/clusters/tokens';
import plugins from '../../src/index';
import { PluginIDs } from '../../src/plugins/ids';
import { fakeManager } from '../fakes';
import { aCluster, aProblem } from '../fixtures';

// Their tokens are all that the plugins need of them here.
vi.mock('@jupyterlab/console', async () => {
  const { Token } = await import('@lumino/coreutils');
  return { IConsoleTracker: new Token('consoles') };
});
vi.mock('@jupyterlab/notebook', async () => {
  const { Token } = await import('@lumino/coreutils');
  return { INotebookTracker: new Token('notebooks') };
});

const ids = plugins.map(({ id }) => id);
const clusters = [
  aCluster({ problems: [aProblem()] }),
  aCluster({ id: 'b', name: 'leaver', status: 'stopping' }),
  aCluster({ id: 'c', name: 'stuck', status: 'unreachable' }),
  aCluster({ id: 'd', name: 'old-owl', status: 'failed' })
];

type Context = Parameters<(typeof plugins)[number]['activate']>[0];

class Shell extends Panel {
  add(widget: Panel): void {
    this.addWidget(widget);
  }

  activateById = vi.fn();
}

/** What JupyterLab provides, as far as the plugins use it at their start. */
function provided(): IPlugin<Context, unknown>[] {
  const found: [Token<unknown>, object][] = [
    [ICommandPalette, { addItem: vi.fn() }],
    [ILabShell, { add: vi.fn() }],
    [ILauncher, { add: vi.fn() }],
    [ILayoutRestorer, { add: vi.fn(), restore: async () => undefined }],
    [IRunningSessionManagers, { add: vi.fn() }],
    [IToolbarWidgetRegistry, { addFactory: vi.fn() }]
  ];
  return found.map(([token, value]) => ({
    id: token.name,
    provides: token,
    activate: () => value
  }));
}

describe('JupyterLab', () => {
  let app: Application<Shell>;
  let failures: unknown[][];

  async function start(disabled: string | null): Promise<void> {
    const manager = fakeManager(clusters);
    app = new Application({ shell: new Shell() });
    Object.assign(app, {
      contextMenu: new ContextMenuSvg({ commands: app.commands }),
      serviceManager: { kernelspecs: {}, events: { stream: new Signal({}) } }
    });
    const enabled = plugins.filter(({ id }) => id !== disabled);
    const withFake = enabled.map(plugin =>
      plugin.provides === IClusterManager ? { ...plugin, activate: () => manager } : plugin
    );
    app.registerPlugins([...provided(), ...withFake] as never);
    await act(() => app.start());
  }

  beforeEach(() => {
    failures = [];
    vi.spyOn(console, 'error').mockImplementation((...words) => void failures.push(words));
  });

  afterEach(() => {
    act(() => app.shell.dispose());
    document.body.replaceChildren();
  });

  it.each([null, ...ids])('starts with %s disabled, and all the others', async disabled => {
    await start(disabled);
    const active = ids.filter(id => app.hasPlugin(id) && app.isPluginActivated(id));
    const others = ids.filter(id => id !== disabled);
    if (disabled === PluginIDs.manager) {
      expect(active).toEqual([PluginIDs.menus]); // There is nothing to show.
    } else {
      expect(active).toEqual(others);
      expect(failures).toEqual([]);
    }
  });

  it.each([null, ...ids.filter(id => id !== PluginIDs.manager && id !== PluginIDs.panel)])(
    'has no button for a command that is missing with %s disabled',
    async disabled => {
      await start(disabled);
      const missing: string[] = [];
      let executed = 0;
      vi.spyOn(app.commands, 'execute').mockImplementation(async id => {
        executed += 1;
        if (!app.commands.hasCommand(id)) {
          missing.push(id);
        }
      });
      const buttons = app.shell.node.querySelectorAll<HTMLButtonElement>('button:enabled');
      for (const button of buttons) {
        act(() => button.click());
      }
      expect(executed).toBeGreaterThan(0);
      expect(missing).toEqual([]);
    }
  );
});

describe('the schemas', () => {
  const files = readdirSync('schema');
  const commandsIn = (part: unknown): string[] =>
    typeof part !== 'object' || part === null
      ? []
      : Object.entries(part).flatMap(([key, value]) =>
          key === 'command' ? [value as string] : commandsIn(value)
        );

  it.each(files)('%s is that of a plugin, with commands that there are', file => {
    expect(ids).toContain(`jupyter-dask-slurm:${file.replace('.json', '')}`);
    const schema = JSON.parse(readFileSync(`schema/${file}`, 'utf8')) as unknown;
    const known: string[] = Object.values(CommandIDs);
    expect(commandsIn(schema).filter(id => !known.includes(id))).toEqual([]);
  });
});
