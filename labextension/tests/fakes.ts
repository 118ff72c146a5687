/** A fake manager of clusters, and commands that record their execution. */

import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import type { Mock } from 'vitest';
import { vi } from 'vitest';

import type { ICluster, IProblem, ISite } from '../src/api/restapi';
import { CommandIDs } from '../src/clusters/commandids';
import type { IClusterManager } from '../src/clusters/tokens';
import { aCluster, aProfile, aScript, aSite, aSiteCheck, somePlots } from './fixtures';

type Spied = Pick<
  IClusterManager,
  | 'refresh'
  | 'create'
  | 'scale'
  | 'rename'
  | 'change'
  | 'retry'
  | 'stop'
  | 'setIdleTimeout'
  | 'extendIdle'
  | 'startAgain'
  | 'jobs'
  | 'cancelJob'
  | 'replaceJob'
  | 'orphans'
  | 'cancelOrphans'
  | 'log'
  | 'plots'
  | 'jobScript'
  | 'refreshSite'
  | 'siteOf'
  | 'environments'
  | 'estimate'
  | 'profiles'
  | 'checkSite'
  | 'stopSiteCheck'
  | 'saveProfile'
  | 'deleteProfile'
  | 'lastValues'
  | 'keepLastValues'
>;

/** A manager whose properties tests set, and whose requests are spies. */
export interface IFakeManager extends Omit<IClusterManager, keyof Spied> {
  clusters: ICluster[];
  site: ISite | null;
  connection: IClusterManager['connection'];
  message: string | null;
  isServerGone: boolean;
  isMisconfigured: boolean;
  changed: Signal<IClusterManager, void>;
}

export type FakeManager = IFakeManager & { [K in keyof Spied]: Mock<Spied[K]> };

export function fakeManager(clusters: ICluster[] = [], site: ISite | null = aSite()): FakeManager {
  const dismissed = new Set<IProblem>();
  const manager: FakeManager = {
    clusters,
    site,
    connection: 'ok',
    message: null,
    isServerGone: false,
    isMisconfigured: false,
    changed: null as never,
    ready: Promise.resolve(),
    isDisposed: false,
    dispose: () => undefined,
    find: (id: string) => manager.clusters.find(cluster => cluster.id === id),
    refresh: vi.fn<IClusterManager['refresh']>(async () => undefined),
    create: vi.fn<IClusterManager['create']>(async () => aCluster()),
    scale: vi.fn<IClusterManager['scale']>(async (id, scaling) => aCluster({ id, scaling })),
    rename: vi.fn<IClusterManager['rename']>(async (id, name) => aCluster({ id, name })),
    change: vi.fn<IClusterManager['change']>(async id => aCluster({ id })),
    retry: vi.fn<IClusterManager['retry']>(async id => aCluster({ id })),
    stop: vi.fn<IClusterManager['stop']>(async () => undefined),
    setIdleTimeout: vi.fn<IClusterManager['setIdleTimeout']>(async id => aCluster({ id })),
    extendIdle: vi.fn<IClusterManager['extendIdle']>(async id => aCluster({ id })),
    startAgain: vi.fn<IClusterManager['startAgain']>(async () => aCluster({ id: 'anew' })),
    jobs: vi.fn<IClusterManager['jobs']>(async () => []),
    cancelJob: vi.fn<IClusterManager['cancelJob']>(async () => undefined),
    replaceJob: vi.fn<IClusterManager['replaceJob']>(async id => aCluster({ id })),
    orphans: vi.fn<IClusterManager['orphans']>(async () => []),
    cancelOrphans: vi.fn<IClusterManager['cancelOrphans']>(async () => undefined),
    log: vi.fn<IClusterManager['log']>(async () => ({ text: '', start: 0, end: 0 })),
    plots: vi.fn<IClusterManager['plots']>(async () => somePlots),
    jobScript: vi.fn<IClusterManager['jobScript']>(async () => aScript()),
    refreshSite: vi.fn<IClusterManager['refreshSite']>(async () => manager.site ?? aSite()),
    siteOf: vi.fn<IClusterManager['siteOf']>(async () => aSite()),
    environments: vi.fn<IClusterManager['environments']>(async () => null),
    estimate: vi.fn<IClusterManager['estimate']>(async () => null),
    profiles: vi.fn<IClusterManager['profiles']>(async () => null),
    checkSite: vi.fn<IClusterManager['checkSite']>(async () => aSiteCheck()),
    stopSiteCheck: vi.fn<IClusterManager['stopSiteCheck']>(async () => undefined),
    saveProfile: vi.fn<IClusterManager['saveProfile']>(async (name, { options, scaling }) =>
      aProfile({ name, options, scaling: scaling ?? null })
    ),
    deleteProfile: vi.fn<IClusterManager['deleteProfile']>(async () => undefined),
    lastValues: vi.fn<IClusterManager['lastValues']>(async () => null),
    keepLastValues: vi.fn<IClusterManager['keepLastValues']>(async () => undefined),
    problemsOf: (cluster: ICluster) => cluster.problems.filter(p => !dismissed.has(p)),
    dismiss: (_id: string, problem: IProblem) => {
      dismissed.add(problem);
      manager.changed.emit();
    }
  };
  manager.changed = new Signal<IClusterManager, void>(manager);
  return manager;
}

/**
 * Let a poll wait for its whole interval after its first request has failed, until the end of the test:
 * Lumino's draws a pause between none and that.
 */
export function pauseWholeIntervals(): void {
  vi.spyOn(Math, 'random').mockReturnValue(0);
}

/** Return all commands, and the list of those that were executed, with their arguments. */
export function recordingCommands() {
  const commands = new CommandRegistry();
  const executed: [string, unknown][] = [];
  for (const id of Object.values(CommandIDs)) {
    commands.addCommand(id, { execute: args => void executed.push([id, args]) });
  }
  return { commands, executed };
}
