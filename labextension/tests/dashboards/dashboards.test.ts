import { CommandRegistry } from '@lumino/commands';
import type { DockLayout, Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ICluster } from '../../src/api/restapi';
import { CommandIDs } from '../../src/clusters/commandids';
import { addDashboardCommands } from '../../src/commands/dashboardcommands';
import { Dashboards } from '../../src/dashboards/dashboards';
import { dashboardPage } from '../../src/dashboards/pane';
import type { FakeManager } from '../fakes';
import { fakeManager, pauseWholeIntervals } from '../fakes';
import { aCluster, aProblem, trans } from '../fixtures';

const base = 'http://127.0.0.1:8888/user/ada/';
const otter = aCluster();
const fox = aCluster({ id: 'b', name: 'red-fox' });
const page = (id: string, name: string): string =>
  `${base}dask-slurm/clusters/${id}/dashboard/${name}`;

/** A main area that records what was added where. */
class FakeShell {
  readonly added: [id: string, place: DockLayout.IAddOptions][] = [];
  readonly activated: string[] = [];
  currentWidget: { id: string } | null = { id: 'notebook' };

  add(widget: Widget, _: string, { mode, ref }: { mode?: never; ref?: never } = {}): void {
    this.added.push([widget.id, { mode, ref }]);
  }

  activateById(id: string): void {
    this.activated.push(id);
  }
}

describe('the panes of dashboards', () => {
  let manager: FakeManager;
  let shell: FakeShell;
  let commands: CommandRegistry;
  let dashboards: Dashboards;

  beforeEach(() => {
    vi.useFakeTimers();
    manager = fakeManager([otter, fox]);
    shell = new FakeShell();
    commands = new CommandRegistry();
    dashboards = new Dashboards({
      app: { serviceManager: { serverSettings: { baseUrl: base } } } as never,
      labShell: shell as never,
      manager,
      notebook: () => ({ id: 'notebook' }) as never,
      trans
    });
    addDashboardCommands({ commands, manager, dashboards, palette: null, trans });
  });

  afterEach(() => {
    dashboards.tracker.forEach(tab => tab.dispose());
    vi.useRealTimers();
  });

  const settle = (milliseconds = 20): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
  const say = (...clusters: ICluster[]): void => {
    manager.clusters = clusters;
    manager.changed.emit();
  };
  const tab = (id: string, plot = 'task-stream') =>
    dashboards.tracker.find(({ content }) => content.clusterId === id && content.plot === plot)!;
  const frame = (id: string): string | null | undefined =>
    tab(id).node.querySelector('iframe')?.getAttribute('src');
  const words = (id: string): string =>
    tab(id).content.node.querySelector('[role="status"]')?.textContent ?? '';
  const openBoth = async (): Promise<void> => {
    await commands.execute(CommandIDs.openPlot, { id: otter.id, plot: 'task-stream' });
    await commands.execute(CommandIDs.openPlot, { id: fox.id, plot: 'task-stream' });
    await settle();
  };

  it('show each the plot of its own cluster, and say whose', async () => {
    await openBoth();
    expect(frame(otter.id)).toBe(page('3f9a12bc', 'individual-task-stream'));
    expect(frame(fox.id)).toBe(page('b', 'individual-task-stream'));
    expect(tab(otter.id).title.label).toBe('blue-otter — Task Stream');
    const inner = tab(fox.id).node.querySelector('iframe')!;
    expect(inner.title).toBe('red-fox — Task Stream');
    expect(inner.getAttribute('sandbox')).toBe('allow-scripts allow-same-origin');
    say(otter, { ...fox, name: 'old-fox' });
    expect(tab(fox.id).title.label).toBe('old-fox — Task Stream');
    expect(inner.title).toBe('old-fox — Task Stream');
    expect(tab(fox.id).node.querySelector('iframe')).toBe(inner);
  });

  it('are there once, however often they are asked for', async () => {
    await openBoth();
    await openBoth();
    expect(dashboards.tracker.size).toBe(2);
    expect(shell.activated).toHaveLength(4);
  });

  it('of two clusters are side by side; those of one are below each other, then tabs', async () => {
    await openBoth();
    for (const plot of ['progress', 'cpu']) {
      await dashboards.open(otter, plot);
    }
    const first = tab(otter.id).id;
    expect(shell.added.map(([, place]) => place)).toEqual([
      { mode: 'split-right', ref: 'notebook' },
      { mode: 'split-right', ref: first },
      { mode: 'split-bottom', ref: first },
      { mode: 'tab-after', ref: tab(otter.id, 'progress').id }
    ]);
  });

  it.each<[Partial<ICluster>, string]>([
    [{ status: 'starting', dashboard_path: null }, 'blue-otter is starting…'],
    [{ status: 'failed', problems: [aProblem({ message: 'killed' })] }, 'killed'],
    [{ status: 'stopping', dashboard_path: null }, 'blue-otter is being stopped']
  ])('say in words that their cluster is %j, and come back by themselves', async (now, said) => {
    await openBoth();
    say({ ...otter, ...now }, fox);
    expect(words(otter.id)).toContain(said);
    expect(frame(otter.id)).toBeUndefined();
    expect(frame(fox.id)).toBe(page('b', 'individual-task-stream'));
    say(otter, fox);
    await settle();
    expect(frame(otter.id)).toBe(page('3f9a12bc', 'individual-task-stream'));
  });

  it('keep what they have drawn while the server, or a controller, does not answer', async () => {
    await openBoth();
    const inner = tab(otter.id).node.querySelector('iframe');
    manager.connection = 'failed';
    say(otter, fox);
    expect(words(otter.id)).toContain('The Jupyter server does not answer');
    expect(tab(otter.id).node.querySelector('iframe')).toBe(inner);
    manager.connection = 'ok';
    say(otter, fox);
    expect(words(otter.id)).toBe('');
    const problems = [aProblem({ message: 'timed out' })];
    say({ ...otter, status: 'unreachable', problems }, fox);
    expect(words(otter.id)).toContain('timed out');
    say(otter, fox);
    await settle();
    expect(words(otter.id)).toBe('');
    expect(tab(otter.id).node.querySelector('iframe')).toBe(inner);
  });

  it('are loaded again once a server that was gone is back, and not before', async () => {
    await openBoth();
    const inner = tab(otter.id).node.querySelector('iframe');
    Object.assign(manager, { connection: 'failed', isServerGone: true });
    say(otter, fox);
    Object.assign(manager, { connection: 'ok', isServerGone: false });
    manager.plots.mockRejectedValueOnce(new Error('it may be very busy'));
    pauseWholeIntervals();
    say(otter, fox);
    await settle();
    expect(words(otter.id)).toContain('it may be very busy');
    expect(tab(otter.id).node.querySelector('iframe')).toBe(inner);
    await settle(5000);
    expect(words(otter.id)).toBe('');
    expect(tab(otter.id).node.querySelector('iframe')).not.toBe(inner);
    expect(frame(otter.id)).toBe(page('3f9a12bc', 'individual-task-stream'));
  });

  it('say why a dashboard does not answer, and ask until it does', async () => {
    pauseWholeIntervals();
    manager.plots.mockRejectedValueOnce(new Error('it may be very busy'));
    await dashboards.open(otter, 'task-stream');
    await settle();
    expect(words(otter.id)).toContain('The dashboard of blue-otter does not answer');
    expect(words(otter.id)).toContain('it may be very busy');
    await settle(5000);
    expect(frame(otter.id)).toBe(page('3f9a12bc', 'individual-task-stream'));
    const asked = manager.plots.mock.calls.length;
    await settle(120_000);
    expect(manager.plots).toHaveBeenCalledTimes(asked);
  });

  it('say that a plot is none of that dask', async () => {
    manager.plots.mockResolvedValueOnce({ 'Individual Cpu': '/individual-cpu' });
    await dashboards.open(otter, 'task-stream');
    await settle();
    expect(words(otter.id)).toContain('blue-otter has no plot "Task Stream"');
  });

  it('are brought back before the clusters are known, each to its own', async () => {
    manager.connection = 'loading';
    say();
    for (const { id, name } of [otter, fox]) {
      await commands.execute(CommandIDs.restorePlot, { id, plot: 'task-stream', name });
    }
    expect(tab(fox.id).title.label).toBe('red-fox — Task Stream');
    expect(words(fox.id)).toBe('Looking for red-fox…');
    manager.connection = 'failed';
    say();
    expect(words(fox.id)).toContain('The Jupyter server does not answer');
    manager.connection = 'ok';
    say(fox, otter);
    await settle();
    expect(frame(otter.id)).toBe(page('3f9a12bc', 'individual-task-stream'));
    expect(frame(fox.id)).toBe(page('b', 'individual-task-stream'));
  });

  it('close when their cluster is no more, and not when the server is', async () => {
    await openBoth();
    manager.connection = 'failed';
    say();
    expect(dashboards.tracker.size).toBe(2);
    manager.connection = 'ok';
    say(fox);
    expect(dashboards.tracker.size).toBe(1);
    expect(tab(fox.id)).toBeDefined();
  });

  it('of the default layout are those of the settings, around the notebook', async () => {
    dashboards.defaultPlots = ['task-stream', 'nothing', 'progress', 'workers-memory', 'cpu'];
    await dashboards.open(otter, 'progress');
    shell.added.length = 0;
    // The current widget is a dashboard: the notebook counts.
    shell.currentWidget = tab(otter.id, 'progress');
    await commands.execute(CommandIDs.defaultLayout, { id: otter.id });
    const id = (plot: string): string => tab(otter.id, plot).id;
    expect(shell.added).toEqual([
      [id('task-stream'), { mode: 'split-right', ref: 'notebook' }],
      [id('workers-memory'), { mode: 'split-bottom', ref: id('progress') }],
      [id('cpu'), { mode: 'split-right', ref: id('workers-memory') }]
    ]);
    expect(shell.activated.at(-1)).toBe('notebook');
  });

  it('open in the browser where there are no tabs', async () => {
    const open = vi.spyOn(window, 'open').mockReturnValue(null);
    const plain = new Dashboards({
      app: { serviceManager: { serverSettings: { baseUrl: base } } } as never,
      labShell: null,
      manager,
      notebook: () => null,
      trans
    });
    await plain.open(otter, 'task-stream');
    await plain.open(otter);
    expect(plain.canArrange).toBe(false);
    expect(open.mock.calls.map(([url]) => url)).toEqual([
      page('3f9a12bc', 'individual-task-stream'),
      page('3f9a12bc', 'status')
    ]);
  });
});

describe('the commands for dashboards', () => {
  /** Milliseconds to wait for what should come. */
  const timeout = 30_000;

  it('open a chooser, whose choice is opened', async () => {
    const commands = new CommandRegistry();
    const manager = fakeManager([otter]);
    const open = vi.fn(async () => undefined);
    const plots = new (await import('../../src/dashboards/plotsmodel')).PlotsModel(manager, trans);
    addDashboardCommands({
      commands,
      manager,
      dashboards: { plots, open, canArrange: true, isOpen: () => false } as never,
      palette: null,
      trans
    });
    const below = { left: 10, top: 10, bottom: 30 };
    await commands.execute(CommandIDs.openPlot, { id: otter.id, below });
    const option = await vi.waitUntil(() => document.querySelector('[data-choice="progress"]'), {
      timeout
    });
    (option as HTMLElement).click();
    await vi.waitFor(() => expect(open.mock.calls).toEqual([[otter, 'progress']]), { timeout });
    await vi.waitUntil(() => document.querySelector('.jp-DaskSlurm-chooser') === null, {
      timeout
    });
  });

  it.each([base, '/user/ada/'])('find a page below %s', baseUrl => {
    const { origin } = baseUrl.startsWith('/') ? window.location : new URL(baseUrl);
    expect(dashboardPage('1', 'status', baseUrl)).toBe(
      `${origin}/user/ada/dask-slurm/clusters/1/dashboard/status`
    );
  });
});
