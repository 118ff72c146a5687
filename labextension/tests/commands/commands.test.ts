import { CommandRegistry } from '@lumino/commands';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { ClusterStatus, ICluster } from '../../src/api/restapi';
import { CommandIDs } from '../../src/clusters/commandids';
import { addCommands } from '../../src/commands/commands';
import * as dialogs from '../../src/commands/dialogs';
import { askIdleTimeout } from '../../src/commands/idledialog';
import { addPanelCommands } from '../../src/commands/panelcommands';
import { menuCommands } from '../../src/panel/card/menu';
import { PanelModel } from '../../src/panel/model';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aCluster, anOrphan, aProblem, aSite, deferred, trans } from '../fixtures';

vi.mock('../../src/commands/dialogs');
vi.mock('../../src/commands/idledialog');
vi.mock('../../src/panel/sitecheck/dialog', () => ({ showSiteCheck: vi.fn() }));

const refused = { problems: [aProblem()] };

describe('the commands', () => {
  let manager: FakeManager;
  let commands: CommandRegistry;
  let inPalette: string[];
  let model: PanelModel;
  const panel = { show: vi.fn(), reveal: vi.fn() };
  const open = { jobs: vi.fn(), logs: vi.fn() };

  beforeEach(() => {
    vi.resetAllMocks();
    manager = fakeManager();
    commands = new CommandRegistry();
    inPalette = [];
    model = new PanelModel(manager);
    const palette = {
      addItem: ({ command }: { command: string }) => inPalette.push(command)
    } as never;
    addCommands({
      app: { commands } as never,
      manager,
      panel,
      trans,
      tabs: { jobs: { open: open.jobs }, logs: { open: open.logs } } as never,
      notebooks: null,
      consoles: null,
      palette
    });
    addPanelCommands({ commands, manager, model, panel, palette, trans });
  });

  it.each<[string, Partial<ICluster>, boolean]>([
    [CommandIDs.retry, refused, true],
    [CommandIDs.retry, {}, false],
    [CommandIDs.retry, { ...refused, status: 'failed' }, false],
    [CommandIDs.retry, { problems: [aProblem({ code: 'slurm_silent' })] }, false],
    [CommandIDs.startAgain, { status: 'failed' }, true],
    [CommandIDs.startAgain, {}, false],
    [CommandIDs.change, {}, true],
    [CommandIDs.change, { status: 'failed' }, true],
    [CommandIDs.change, { status: 'stopping' }, false],
    [CommandIDs.change, { status: 'unreachable' }, false],
    [CommandIDs.stop, {}, true],
    [CommandIDs.stop, { status: 'unreachable' }, true],
    [CommandIDs.stop, { status: 'stopping' }, false],
    [CommandIDs.stop, { status: 'failed' }, false],
    [CommandIDs.forceStop, { status: 'stopping' }, true],
    [CommandIDs.forceStop, { status: 'failed' }, true],
    [CommandIDs.forget, { status: 'failed' }, true],
    [CommandIDs.forget, {}, false]
  ])('%s of %j is enabled: %s', (command, changes, enabled) => {
    manager.clusters = [aCluster(changes)];
    expect(commands.isEnabled(command, { id: '3f9a12bc' })).toBe(enabled);
    expect(commands.isEnabled(command, { isPalette: true })).toBe(enabled);
  });

  it('change nothing for a user who may only read', async () => {
    manager.clusters = [aCluster(refused), aCluster({ id: 'over', status: 'failed' })];
    manager.orphans.mockResolvedValue([anOrphan()]);
    await model.orphans.refresh();
    const changing: [string, object][] = [
      ...[
        CommandIDs.change,
        CommandIDs.rename,
        CommandIDs.retry,
        CommandIDs.cancelJob,
        CommandIDs.idleTimeout,
        CommandIDs.stop,
        CommandIDs.forceStop
      ].map((command): [string, object] => [command, { id: '3f9a12bc' }]),
      [CommandIDs.startAgain, { id: 'over' }],
      [CommandIDs.forget, { id: 'over' }],
      [CommandIDs.newCluster, {}],
      [CommandIDs.cancelOrphans, {}]
    ];
    const enabled = (): string[] =>
      changing.filter(([id, args]) => commands.isEnabled(id, args as never)).map(([id]) => id);
    expect(enabled()).toEqual(changing.map(([id]) => id));
    manager.site = aSite({ read_only: true });
    expect(enabled()).toEqual([]);
    for (const command of [CommandIDs.openJobs, CommandIDs.showLog, CommandIDs.refresh]) {
      expect(commands.isEnabled(command, { id: '3f9a12bc' })).toBe(true);
    }
  });

  it('to show the panel comes after the palette, which gives the focus to the document', async () => {
    const shown = commands.execute(CommandIDs.showPanel);
    expect(panel.show).not.toHaveBeenCalled();
    await shown;
    expect(panel.show).toHaveBeenCalledTimes(1);
  });

  it('say in the palette what they are about', () => {
    const labels = inPalette.map(id => commands.label(id, { isPalette: true }));
    expect(labels).toEqual(expect.arrayContaining(['Stop Dask Cluster…', 'Retry Dask Cluster']));
    expect(labels.filter(label => !label.includes('Dask'))).toEqual([]);
    expect(commands.label(CommandIDs.stop, { id: '3f9a12bc' })).toBe('Stop…');
  });

  it('tell that they have changed when they have, each once', () => {
    manager.clusters = [aCluster()];
    manager.changed.emit();
    const told: (string | undefined)[] = [];
    commands.commandChanged.connect((_, { id }) => told.push(id));
    manager.clusters = [aCluster({ cores: 60 })];
    manager.changed.emit();
    expect(told).toEqual([]);
    manager.clusters = [aCluster(refused)];
    manager.changed.emit();
    expect(told).toEqual([CommandIDs.retry]);
  });

  it('to retry is in the palette, too', async () => {
    expect(inPalette).toContain(CommandIDs.retry);
    manager.clusters = [aCluster(refused)];
    await commands.execute(CommandIDs.retry, { isPalette: true });
    expect(manager.retry).toHaveBeenCalledWith('3f9a12bc');
  });

  it.each<[boolean, number]>([
    [true, 1],
    [false, 0]
  ])('cancel a job when the answer is %s', async (answer, calls) => {
    vi.mocked(dialogs.confirmCancelJob).mockResolvedValueOnce(answer);
    manager.clusters = [aCluster()];
    await commands.execute(CommandIDs.cancelJob, { id: '3f9a12bc', job: '81_3' });
    expect(manager.cancelJob.mock.calls).toEqual(
      Array.from({ length: calls }, () => ['3f9a12bc', '81_3'])
    );
  });

  it.each<[string | undefined, string | null, string[]]>([
    ['b', 'b', ['old-owl']],
    [undefined, null, ['lost-lynx', 'old-owl']]
  ])('cancel the orphans of %s after a question about just these', async (id, asked, names) => {
    manager.orphans.mockResolvedValue([anOrphan(), anOrphan({ cluster_id: 'b', name: 'old-owl' })]);
    await model.orphans.refresh();
    vi.mocked(dialogs.confirmCancelOrphans).mockResolvedValueOnce(true);
    await commands.execute(CommandIDs.cancelOrphans, id === undefined ? {} : { id });
    const [meant] = vi.mocked(dialogs.confirmCancelOrphans).mock.lastCall!;
    expect(meant.map(orphan => orphan.name)).toEqual(names);
    expect(manager.cancelOrphans.mock.calls).toEqual([[asked]]);
  });

  it('look for orphans, too, when they refresh', async () => {
    manager.orphans.mockClear();
    await commands.execute(CommandIDs.refresh);
    expect(manager.refresh).toHaveBeenCalledTimes(1);
    expect(manager.orphans.mock.calls).toEqual([[{ background: false }]]);
  });

  describe('about being idle', () => {
    const { idleTimeout } = CommandIDs;
    const of = (seconds?: number) => ({
      id: '3f9a12bc',
      ...(seconds === undefined ? {} : { seconds })
    });

    it.each<[number | null, number | undefined, string, boolean]>([
      [null, 0, 'Never', false],
      [0, 0, 'Never', true],
      [1800, 1800, '30 min', true],
      [1800, 28800, '8 h', false],
      [1800, undefined, 'Other…', false],
      [600, undefined, 'Other (10 min)…', true]
    ])('with a time-out of %s and %s to choose, say "%s"', (now, seconds, label, toggled) => {
      manager.clusters = [aCluster({ options: { idle_timeout: now } })];
      expect(commands.label(idleTimeout, of(seconds))).toBe(label);
      expect(commands.isToggled(idleTimeout, of(seconds))).toBe(toggled);
    });

    it('set what was chosen, or what is answered', async () => {
      manager.clusters = [aCluster()];
      await commands.execute(idleTimeout, of(1800));
      vi.mocked(askIdleTimeout).mockResolvedValueOnce(300).mockResolvedValueOnce(null);
      await commands.execute(idleTimeout, of());
      await commands.execute(idleTimeout, of());
      expect(manager.setIdleTimeout.mock.calls).toEqual([
        ['3f9a12bc', 1800],
        ['3f9a12bc', 300]
      ]);
    });
  });

  it('are called by the cluster in a list of clusters', () => {
    manager.clusters = [aCluster()];
    const { insertClient } = CommandIDs;
    expect(commands.label(insertClient, { id: '3f9a12bc' })).toBe('Insert Client');
    expect(commands.label(insertClient, { id: '3f9a12bc', isList: true })).toBe('blue-otter');
  });

  it('end a failed cluster by force', async () => {
    vi.mocked(dialogs.confirmForce).mockResolvedValueOnce(true);
    manager.clusters = [aCluster({ status: 'failed' })];
    await commands.execute(CommandIDs.forceStop, { id: '3f9a12bc' });
    expect(manager.stop).toHaveBeenCalledWith('3f9a12bc', { force: true });
  });

  it.each<[string, ICluster[], number]>([
    ['still runs', [aCluster()], 1],
    ['answers no longer', [aCluster({ status: 'unreachable' })], 1],
    ['has failed', [aCluster({ status: 'failed' })], 0],
    ['is being stopped', [aCluster({ status: 'stopping' })], 0],
    ['is gone', [], 0]
  ])('stop a cluster that %s by the time of the answer, or not', async (_, after, stops) => {
    const answer = deferred<boolean>();
    vi.mocked(dialogs.confirmStop).mockReturnValueOnce(answer.promise);
    manager.clusters = [aCluster()];
    const done = commands.execute(CommandIDs.stop, { id: '3f9a12bc' });
    manager.clusters = after;
    answer.resolve(true);
    await done;
    expect(manager.stop).toHaveBeenCalledTimes(stops);
  });

  it('open tabs about a cluster', async () => {
    manager.clusters = [aCluster()];
    await commands.execute(CommandIDs.openJobs, { id: '3f9a12bc' });
    await commands.execute(CommandIDs.showLog, { id: '3f9a12bc' });
    await commands.execute(CommandIDs.showLog, { id: '3f9a12bc', source: '81_3' });
    expect(open.jobs.mock.calls).toEqual([['3f9a12bc', 'blue-otter']]);
    expect(open.logs.mock.calls).toEqual([
      ['3f9a12bc', 'blue-otter', 'controller'],
      ['3f9a12bc', 'blue-otter', '81_3']
    ]);
  });
});

describe('the menu of a card', () => {
  const { retry, startAgain, forget, stop, forceStop } = CommandIDs;

  it.each<[ClusterStatus, Partial<ICluster>, string[]]>([
    ['running', {}, [stop, forceStop]],
    ['running', refused, [retry, stop, forceStop]],
    ['starting', refused, [stop, forceStop]],
    ['stopping', {}, [stop, forceStop]],
    ['unreachable', refused, [stop, forceStop]],
    ['failed', refused, [startAgain, forget, forceStop]]
  ])('of a cluster that is %s, with %j, offers %j', (status, changes, expected) => {
    const offered = menuCommands(aCluster({ status, ...changes }));
    expect(
      offered.filter(id => [retry, startAgain, forget, stop, forceStop].some(x => x === id))
    ).toEqual(expected);
  });
});
