import { Notification } from '@jupyterlab/apputils';
import type { IStateDB } from '@jupyterlab/statedb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ICluster } from '../../src/api/restapi';
import { NOTIFICATIONS } from '../../src/clusters/settings';
import { NotifiedEndings } from '../../src/notifications/notifiedendings';
import { Notifier } from '../../src/notifications/notifier';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aCluster, aProblem, trans } from '../fixtures';

const none = { workers: { expected: 4, connected: 0 } };
const failed = { status: 'failed' as const, problems: [aProblem({ message: 'disk full' })] };

describe('notifications', () => {
  let manager: FakeManager;
  let notifier: Notifier;
  let state: Map<string, unknown>;
  const reveal = vi.fn();
  const db = {
    fetch: async (key: string) => state.get(key),
    save: async (key: string, value: unknown) => void state.set(key, value)
  } as unknown as IStateDB;

  /** Open the page with these clusters. */
  const open = async (...clusters: ICluster[]): Promise<void> => {
    manager = fakeManager(clusters);
    const notified = new NotifiedEndings(db);
    await notified.load();
    notifier = new Notifier({ manager, trans, panel: { reveal, show: vi.fn() }, notified });
  };
  const event = (...clusters: ICluster[]): void => {
    manager.clusters = clusters;
    manager.changed.emit();
  };
  const messages = (): string[] => Notification.manager.notifications.map(each => each.message);
  const press = (label: string): void => {
    const { options } = Notification.manager.notifications[0];
    options.actions!.find(action => action.label === label)!.callback(new MouseEvent('click'));
  };

  beforeEach(() => {
    state = new Map();
    vi.useFakeTimers({ now: Date.parse('2026-11-23T12:00:00Z') });
  });

  afterEach(() => {
    notifier.dispose();
    notifier.dispose();
    Notification.dismiss();
    vi.useRealTimers();
  });

  it('tell each thing once, on the screen, and lead to the card', async () => {
    await open(aCluster(none));
    event(aCluster());
    event(aCluster({ cores: 49 }));
    expect(messages()).toEqual(['blue-otter is ready (16 workers)']);
    const [told] = Notification.manager.notifications;
    expect([told.type, told.options.autoClose]).toEqual(['success', 5000]);
    press('Show');
    expect(reveal).toHaveBeenCalledWith('3f9a12bc');
  });

  it('tell nothing old when the page is opened', async () => {
    await open(aCluster(), aCluster({ id: 'b', ...failed }));
    event(aCluster({ cores: 49 }), aCluster({ id: 'b', ...failed }));
    expect(messages()).toEqual([]);
  });

  it('wait for the first list, which is old, too', async () => {
    await open();
    notifier.dispose();
    manager = fakeManager();
    manager.connection = 'loading';
    notifier = new Notifier({
      manager,
      trans,
      panel: { reveal, show: vi.fn() },
      notified: new NotifiedEndings(null)
    });
    manager.connection = 'ok';
    event(aCluster(), aCluster({ id: 'b', ...failed }));
    expect(messages()).toEqual([]);
  });

  it('say what failed while the server could not be asked', async () => {
    await open(aCluster());
    manager.connection = 'failed';
    manager.changed.emit();
    manager.connection = 'ok';
    event(aCluster(failed));
    expect(messages()).toEqual(['blue-otter failed: disk full']);
    const [told] = Notification.manager.notifications;
    expect([told.type, told.options.autoClose]).toEqual(['error', false]);
  });

  it.each<[string, Partial<typeof NOTIFICATIONS>, string[]]>([
    ['all', {}, ['blue-otter is ready (16 workers)', 'owl failed: disk full']],
    ['none at all', { enabled: false }, []],
    ['not that workers are ready', { workersReady: false }, ['owl failed: disk full']],
    ['not what failed', { failed: false }, ['blue-otter is ready (16 workers)']]
  ])('are chosen by the user: %s', async (_, changes, expected) => {
    const owl = { id: 'b', name: 'owl' };
    await open(aCluster(none), aCluster(owl));
    notifier.settings = { ...NOTIFICATIONS, ...changes };
    event(aCluster(), aCluster({ ...owl, ...failed }));
    expect(messages().sort()).toEqual(expected);
  });

  describe('of an end', () => {
    const idle = (stop: string): ICluster =>
      aCluster({ options: { idle_timeout: 7200 }, idle_stop: stop });

    it('come when it is near, and go when it is put off', async () => {
      await open(idle('2026-11-23T12:30:00Z'));
      vi.advanceTimersByTime(20 * 60_000 - 1);
      expect(messages()).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(messages()).toEqual(['blue-otter is idle and ends in 10 min']);
      press('Extend');
      expect(manager.extendIdle).toHaveBeenCalledWith('3f9a12bc');
      event(idle('2026-11-23T14:20:00Z'));
      expect(messages()).toEqual([]);
      vi.advanceTimersByTime(110 * 60_000);
      expect(messages()).toEqual(['blue-otter is idle and ends in 10 min']);
      event(aCluster());
      expect(messages()).toEqual([]);
    });

    it('come once, even to a page that is opened anew', async () => {
      await open(idle('2026-11-23T12:08:00Z'));
      event(idle('2026-11-23T12:08:01Z'));
      expect(messages()).toEqual(['blue-otter is idle and ends in 8 min']);
      Notification.dismiss();
      notifier.dispose();
      await open(idle('2026-11-23T12:08:00Z'));
      expect(messages()).toEqual([]);
    });

    it('say why it could not be put off', async () => {
      await open(idle('2026-11-23T12:08:00Z'));
      manager.extendIdle.mockRejectedValueOnce(new Error('no answer'));
      press('Extend');
      await vi.advanceTimersByTimeAsync(0);
      expect(messages()).toContain('no answer');
    });

    it('do not come to somebody who does not want them', async () => {
      await open(idle('2026-11-23T12:30:00Z'));
      notifier.settings = { ...NOTIFICATIONS, endsSoon: false };
      vi.advanceTimersByTime(25 * 60_000);
      expect(messages()).toEqual([]);
    });

    it('offer to extend only where that helps', async () => {
      const life = { created: '2026-11-23T00:00:00Z', expires: '2026-11-23T12:05:00Z' };
      await open(aCluster(life));
      const [told] = Notification.manager.notifications;
      expect(told.message).toBe('blue-otter expires in 5 min: save what matters');
      expect(told.options.actions!.map(action => action.label)).toEqual(['Show']);
    });
  });
});
