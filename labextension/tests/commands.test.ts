import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { menuCommands } from '../src/clustermenu';
import { CommandIDs } from '../src/commandids';
import { addCommands } from '../src/commands';
import * as dialogs from '../src/dialogs';
import { PanelModel } from '../src/panelmodel';
import type { ClusterStatus, ICluster } from '../src/restapi';
import type { FakeManager } from './believable';
import { aCluster, aManager, aProblem, aPromise } from './believable';

vi.mock('../src/dialogs');
// A module that jsdom cannot load, and of which nothing is needed here.
vi.mock('@jupyterlab/notebook', () => ({ NotebookActions: {} }));

const trans = nullTranslator.load('test');
const refused = { problems: [aProblem()] };

describe('the commands', () => {
  let manager: FakeManager;
  let commands: CommandRegistry;
  let inPalette: string[];

  beforeEach(() => {
    vi.resetAllMocks();
    manager = aManager();
    commands = new CommandRegistry();
    inPalette = [];
    addCommands({
      app: { commands, shell: {} } as never,
      manager,
      model: new PanelModel(manager),
      trans,
      panelId: 'panel',
      dashboards: null as never,
      labShell: null,
      notebooks: null,
      palette: { addItem: ({ command }: { command: string }) => inPalette.push(command) } as never,
      state: null
    });
  });

  it.each<[string, Partial<ICluster>, boolean]>([
    [CommandIDs.retry, refused, true],
    [CommandIDs.retry, {}, false],
    [CommandIDs.retry, { ...refused, status: 'failed' }, false],
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

  it('to retry is in the palette, too', async () => {
    expect(inPalette).toContain(CommandIDs.retry);
    manager.clusters = [aCluster(refused)];
    await commands.execute(CommandIDs.retry, { isPalette: true });
    expect(manager.retry).toHaveBeenCalledWith('3f9a12bc');
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
    const answer = aPromise<boolean>();
    vi.mocked(dialogs.confirmStop).mockReturnValueOnce(answer.promise);
    manager.clusters = [aCluster()];
    const done = commands.execute(CommandIDs.stop, { id: '3f9a12bc' });
    manager.clusters = after;
    answer.resolve(true);
    await done;
    expect(manager.stop).toHaveBeenCalledTimes(stops);
  });
});

describe('the menu of a card', () => {
  const { retry, forget, stop, forceStop } = CommandIDs;

  it.each<[ClusterStatus, Partial<ICluster>, string[]]>([
    ['running', {}, [stop, forceStop]],
    ['running', refused, [retry, stop, forceStop]],
    ['starting', refused, [stop, forceStop]],
    ['stopping', {}, [stop, forceStop]],
    ['unreachable', refused, [stop, forceStop]],
    ['failed', refused, [forget, forceStop]]
  ])('of a cluster that is %s, with %j, offers %j', (status, changes, expected) => {
    const offered = menuCommands(aCluster({ status, ...changes }));
    expect(offered.filter(id => [retry, forget, stop, forceStop].some(x => x === id))).toEqual(
      expected
    );
  });
});
