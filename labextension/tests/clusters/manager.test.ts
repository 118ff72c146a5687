import { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { EVENT_SCHEMA_ID } from '../../src/api/restapi';
import { keepUnchanged } from '../../src/base/unchanged';
import { saysTheSame } from '../../src/clusters/clusterlist';
import { ClusterManager } from '../../src/clusters/manager';
import { aCluster, anOrphan, aProblem, deferred, aSite } from '../fixtures';

interface IRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

type Answer = (request: IRequest) => unknown | Promise<unknown>;

/** A websocket that a test opens and ends. */
class Socket {
  static all: Socket[] = [];
  onopen = (): void => undefined;
  onclose = (): void => undefined;

  constructor(readonly url: string) {
    Socket.all.push(this);
  }

  close(): void {
    this.onclose();
  }
}

/** A server with one handler. An error that it throws is thrown by `fetch`. */
function aServer(answer: Answer) {
  const requests: IRequest[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://127.0.0.1:8888/user/ada/',
    token: '',
    WebSocket: Socket as never,
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const given = input instanceof Request ? input : new Request(input, init);
      const url = new URL(given.url);
      const text = await given.text();
      const request = {
        method: given.method,
        path: url.pathname.replace('/user/ada/dask-slurm/api/', ''),
        query: url.searchParams,
        body: text === '' ? null : JSON.parse(text)
      };
      requests.push(request);
      const data = await answer(request);
      return data instanceof Response ? data : new Response(JSON.stringify(data));
    }
  });
  return { settings, requests };
}

class Events {
  readonly stream = new Signal<this, { schema_id: string }>(this);
}

describe('ClusterManager', () => {
  let answer: Answer;
  let server: ReturnType<typeof aServer>;
  let events: Events;
  let manager: ClusterManager;

  beforeEach(async () => {
    vi.useFakeTimers();
    Socket.all = [];
    answer = ({ path }) => (path === 'site' ? aSite() : [aCluster()]);
    server = aServer(request => answer(request));
    events = new Events();
    manager = new ClusterManager({ serverSettings: server.settings, events: events as never });
    await manager.ready;
  });

  afterEach(() => {
    manager.dispose();
    vi.useRealTimers();
  });

  const lists = (): number => server.requests.filter(r => r.path === 'clusters').length;
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(20);

  it('knows clusters and site after its first look', () => {
    expect(manager.connection).toBe('ok');
    expect(manager.clusters.map(c => c.name)).toEqual(['blue-otter']);
    expect(manager.site?.cluster).toBe('lab');
  });

  it('does not take its own looks for a user who is active', async () => {
    events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    await settle();
    expect(server.requests.every(r => r.query.get('no_track_activity') === '1')).toBe(true);
    await manager.refresh();
    expect(server.requests.at(-1)?.query.has('no_track_activity')).toBe(false);
  });

  it('looks again at an event of ours, and not at those of others', async () => {
    const before = lists();
    events.stream.emit({ schema_id: 'https://example.org/other' });
    await settle();
    expect(lists()).toBe(before);
    answer = () => [aCluster({ name: 'renamed' })];
    events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    await settle();
    expect(manager.clusters[0].name).toBe('renamed');
  });

  it('looks once a second in a storm of events: at the first at once, and after the last', async () => {
    const before = lists();
    const told = vi.fn();
    manager.changed.connect(told);
    for (let i = 0; i < 50; i++) {
      events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    }
    await settle();
    expect(lists()).toBe(before + 1);
    for (let i = 0; i < 40; i++) {
      events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(lists()).toBe(before + 5);
    answer = () => [aCluster({ name: 'renamed' })];
    events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    await vi.advanceTimersByTimeAsync(1000);
    expect(lists()).toBe(before + 6);
    expect(manager.clusters[0].name).toBe('renamed');
    // And it tells of what is other than before, not of each answer.
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('looks less often in a tab of the browser that nobody sees', async () => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const before = lists();
    for (let i = 0; i < 90; i++) {
      events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(lists()).toBe(before + 2);
  });

  it('looks now and then though no event asks for it', async () => {
    const before = lists();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(lists()).toBeGreaterThan(before);
  });

  const sites = (): number => server.requests.filter(r => r.path === 'site').length;

  it('looks at the site again at an event when what is known of it is old', async () => {
    const before = sites();
    events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    await settle();
    expect(sites()).toBe(before);
    await vi.advanceTimersByTimeAsync(10_000);
    answer = ({ path }) => (path === 'site' ? aSite({ cluster: 'new' }) : [aCluster()]);
    for (let i = 0; i < 50; i++) {
      events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    }
    await settle();
    expect(sites()).toBe(before + 1);
    expect(manager.site?.cluster).toBe('new');
    expect(server.requests.every(r => r.query.get('no_track_activity') === '1')).toBe(true);
  });

  it.each([
    { problem: aProblem({ code: 'batch_system_slow' }) },
    { unseen: [{ what: 'nodes' as const, message: 'still waiting', waiting: true }] }
  ])('looks at the site of a slow Slurm again soon, until that has answered: %j', async slow => {
    answer = ({ path }) => (path === 'site' ? aSite(slow) : [aCluster()]);
    await manager.refreshSite();
    const before = sites();
    await vi.advanceTimersByTimeAsync(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sites()).toBe(before + 2);
    answer = ({ path }) => (path === 'site' ? aSite({ cluster: 'slow' }) : [aCluster()]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(manager.site?.cluster).toBe('slow');
    await vi.advanceTimersByTimeAsync(5000);
    expect(sites()).toBe(before + 3);
  });

  it('looks at the site with every look that nobody asked for, 20 seconds apart', async () => {
    const before = sites();
    await vi.advanceTimersByTimeAsync(65_000);
    expect(sites()).toBe(before + 3);
  });

  it.each([5, 30, 301, 3600])('takes %i seconds for the time between looks', async seconds => {
    manager.refreshInterval = 1000 * seconds;
    await vi.advanceTimersByTimeAsync(25_000); // Already due.
    const before = lists();
    await vi.advanceTimersByTimeAsync(1000 * seconds);
    expect(lists()).toBe(before + 1);
  });

  it('is back within half a minute after a long outage', async () => {
    answer = () => new Response('', { status: 503 });
    await vi.advanceTimersByTimeAsync(3600_000);
    expect(manager.connection).toBe('failed');
    answer = ({ path }) => (path === 'site' ? aSite() : []);
    await vi.advanceTimersByTimeAsync(30_100);
    expect(manager.connection).toBe('ok');
  });

  describe('a server that is stopped', () => {
    const stop = (): void => {
      answer = () => {
        throw new TypeError('Failed to fetch');
      };
    };
    const back = (): void => {
      answer = ({ path, method }) =>
        method === 'PATCH' ? aCluster({ scaling: { jobs: 9 } }) : path === 'site' ? aSite() : [];
    };

    it('is known as soon as its websocket ends, and seen when it is back', async () => {
      const [socket] = Socket.all;
      expect(socket.url).toBe('ws://127.0.0.1:8888/user/ada/api/events/subscribe');
      socket.onopen();
      stop();
      socket.close();
      await settle();
      expect(manager.isServerGone).toBe(true);
      expect(manager.connection).toBe('failed');
      expect(manager.clusters).toHaveLength(1);
      back();
      await vi.advanceTimersByTimeAsync(5000);
      expect(manager.isServerGone).toBe(false);
      expect(manager.connection).toBe('ok');
      expect(Socket.all).toHaveLength(2);
    });

    it('is known by what the user asks of it in vain', async () => {
      stop();
      const seen: boolean[] = [];
      manager.changed.connect(() => seen.push(manager.isServerGone));
      await expect(manager.scale('3f9a12bc', { jobs: 9 })).rejects.toThrow(
        'The Jupyter server cannot be reached: Failed to fetch'
      );
      expect(seen[0]).toBe(true);
    });

    it.each([
      ['a websocket that never opened', () => Socket.all[0].close()],
      [
        'a websocket that ends though the server is there',
        () => {
          Socket.all[0].onopen();
          Socket.all[0].close();
        }
      ]
    ])('is not concluded from %s', async (_, end) => {
      end();
      await settle();
      expect(manager.isServerGone).toBe(false);
      expect(manager.connection).toBe('ok');
    });

    it.each([
      ['<html>', 503, true],
      [JSON.stringify({ message: 'hangs', reason: 'Unavailable' }), 503, false],
      ['<html>', 404, false]
    ])('is told by a proxy in its place', async (body, status, isGone) => {
      const headers = { 'Content-Type': 'text/html' };
      answer = () => new Response(body, { status, statusText: 'As it says', headers });
      await manager.refresh();
      expect(manager.isServerGone).toBe(isGone);
    });
  });

  it.each([
    ['BrokenSettings', true],
    ['Unavailable', false]
  ])('tells settings of the administrator that are broken: %s', async (reason, isBroken) => {
    answer = () => new Response(JSON.stringify({ message: 'max_jobs', reason }), { status: 503 });
    await manager.refresh();
    expect([manager.connection, manager.isMisconfigured]).toEqual(['failed', isBroken]);
    expect(manager.isServerGone).toBe(false);
  });

  it('drops a list that was asked for before a change of ours', async () => {
    const old = deferred<unknown>();
    let looks = 0;
    answer = ({ method }) => {
      if (method === 'PATCH') {
        return aCluster({ scaling: { jobs: 9 } });
      }
      return looks++ === 0 ? old.promise : [aCluster({ scaling: { jobs: 9 } })];
    };
    events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    await settle();
    await manager.scale('3f9a12bc', { jobs: 9 });
    const seen: unknown[] = [];
    manager.changed.connect(() => seen.push(manager.clusters[0].scaling));
    old.resolve([aCluster({ scaling: { jobs: 4 } })]);
    await settle();
    expect(looks).toBe(2);
    expect(manager.clusters[0].scaling).toEqual({ jobs: 9 });
    expect(seen.every(scaling => JSON.stringify(scaling) === '{"jobs":9}')).toBe(true);
  });

  it('keeps the object of a cluster that says nothing new', async () => {
    const [old] = manager.clusters;
    answer = () => [aCluster(), aCluster({ id: 'b', name: 'red-fox' })];
    await manager.refresh();
    expect(manager.clusters[0]).toBe(old);
    answer = () => [aCluster({ cores: 60 })];
    await manager.refresh();
    expect(manager.clusters[0]).not.toBe(old);
  });

  it('tells a server without our extension from one that fails', async () => {
    answer = () => new Response('<html>404</html>', { status: 404 });
    await manager.refresh();
    expect(manager.connection).toBe('missing');

    const body = JSON.stringify({ message: 'the registry cannot be read', reason: 'Broken' });
    answer = () => new Response(body, { status: 503 });
    await manager.refresh();
    expect(manager.connection).toBe('failed');
    expect(manager.message).toBe('the registry cannot be read');
    // The last known list stays.
    expect(manager.clusters).toHaveLength(1);

    answer = () => {
      throw new TypeError('Failed to fetch');
    };
    await manager.refresh();
    expect(manager.connection).toBe('failed');

    answer = ({ path }) => (path === 'site' ? aSite() : []);
    await manager.refresh();
    expect(manager.connection).toBe('ok');
    expect(manager.message).toBeNull();
  });

  it('hands on the words and the fields of a refusal', async () => {
    const problems = [{ field: 'scaling.jobs', message: 'at most 10000' }];
    const body = { message: 'scaling.jobs: at most 10000', reason: 'InvalidOptions', problems };
    answer = () => new Response(JSON.stringify(body), { status: 400 });
    await expect(manager.scale('3f9a12bc', { jobs: 99_999 })).rejects.toMatchObject({
      message: 'scaling.jobs: at most 10000',
      status: 400,
      reason: 'InvalidOptions',
      problems
    });
  });

  it.each<[string, (id: string) => Promise<unknown>, string, string, unknown]>([
    ['retries', id => manager.retry(id), 'POST', 'retry', {}],
    ['extends by a whole time-out', id => manager.extendIdle(id), 'POST', 'extend-idle', {}],
    ['extends', id => manager.extendIdle(id, 60), 'POST', 'extend-idle', { seconds: 60 }],
    ['replaces a job', id => manager.replaceJob(id, '81_3'), 'POST', 'jobs/81_3/replace', {}],
    ['sets a time-out', id => manager.setIdleTimeout(id, 60), 'PATCH', '', { idle_timeout: 60 }]
  ])('%s, and takes over the answer', async (_, act, method, path, body) => {
    answer = () => aCluster({ cores: 60 });
    await act('3f9a12bc');
    const full = path === '' ? 'clusters/3f9a12bc' : `clusters/3f9a12bc/${path}`;
    expect(server.requests.at(-1)).toMatchObject({ method, path: full, body });
    expect(manager.clusters.map(c => c.cores)).toEqual([60]);
  });

  it('puts a cluster that is started again in the place of the old one', async () => {
    answer = () => aCluster({ id: 'anew', status: 'starting' });
    await manager.startAgain('3f9a12bc');
    expect(server.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: 'clusters/3f9a12bc/start-again'
    });
    expect(manager.clusters.map(c => c.id)).toEqual(['anew']);
  });

  it('keeps the old cluster when it cannot be started again', async () => {
    const body = JSON.stringify({ message: 'its jobs are being cancelled', reason: 'WrongState' });
    answer = () => new Response(body, { status: 409 });
    await expect(manager.startAgain('3f9a12bc')).rejects.toThrow('its jobs are being cancelled');
    expect(manager.clusters.map(c => c.id)).toEqual(['3f9a12bc']);
  });

  it('looks again after it cancelled a job', async () => {
    answer = ({ method }) =>
      method === 'DELETE' ? new Response(null, { status: 204 }) : [aCluster({ cores: 36 })];
    await manager.cancelJob('3f9a12bc', '81_3');
    const request = server.requests.find(r => r.method === 'DELETE');
    expect(request?.path).toBe('clusters/3f9a12bc/jobs/81_3');
    expect(manager.clusters[0].cores).toBe(36);
  });

  it('asks for orphans, in the background too, and of an old server has none', async () => {
    answer = () => [anOrphan()];
    expect(await manager.orphans({ background: true })).toEqual([anOrphan()]);
    expect(server.requests.at(-1)?.query.get('no_track_activity')).toBe('1');
    await manager.orphans();
    expect(server.requests.at(-1)?.query.has('no_track_activity')).toBe(false);
    const unanswered = [{ batch_system: 'slurm', slurm_cluster: 'wice', message: 'away' }];
    const headers = { Unanswered: JSON.stringify(unanswered) };
    answer = () => new Response(JSON.stringify([anOrphan()]), { headers });
    expect((await manager.orphans()).unanswered).toEqual(unanswered);
    answer = () => new Response('', { status: 404 });
    expect(await manager.orphans()).toEqual([]);
    answer = () => new Response('', { status: 504 });
    await expect(manager.orphans()).rejects.toMatchObject({ status: 504 });
  });

  it.each<[string | null, string]>([
    ['77aa12bc', 'orphans/77aa12bc'],
    [null, 'orphans']
  ])('cancels the orphans of %s', async (id, path) => {
    answer = () => new Response(null, { status: 204 });
    await manager.cancelOrphans(id);
    expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE', path });
    answer = () => new Response('{"message": "no job is left"}', { status: 404 });
    await manager.cancelOrphans(id);
    answer = () => new Response('', { status: 504 });
    await expect(manager.cancelOrphans(id)).rejects.toMatchObject({ status: 504 });
  });

  it.each([404, 405])('retries with the same size where a server answers %i', async status => {
    answer = ({ path }) => (path === 'clusters' ? [aCluster({ scaling: { cores: 48 } })] : null);
    await manager.refresh();
    answer = ({ method }) => (method === 'POST' ? new Response('', { status }) : aCluster());
    await manager.retry('3f9a12bc');
    expect(server.requests.at(-1)).toMatchObject({
      method: 'PATCH',
      path: 'clusters/3f9a12bc',
      body: { scaling: { cores: 48 } }
    });
  });

  it('stops a cluster, by force when asked to, and takes "gone" for success', async () => {
    answer = ({ method }) =>
      method === 'DELETE' ? new Response('{"message": "gone"}', { status: 404 }) : [];
    await manager.stop('3f9a12bc', { force: true });
    const request = server.requests.find(r => r.method === 'DELETE');
    expect(request?.query.get('force')).toBe('1');
    expect(manager.clusters).toEqual([]);
  });

  it('takes a server too old to know environments for one that knows none', async () => {
    answer = () => new Response('', { status: 404 });
    expect(await manager.environments()).toBeNull();
  });

  it('forgets a dismissed problem, but not the same one when it comes back later', async () => {
    const state = { fetch: async () => undefined, save: vi.fn(async () => undefined) };
    const other = new ClusterManager({ serverSettings: server.settings, state: state as never });
    await other.ready;
    const cluster = aCluster({ problems: [aProblem()] });
    other.dismiss(cluster.id, cluster.problems[0]);
    expect(other.problemsOf(cluster)).toEqual([]);
    const again = aProblem({ since: '2026-11-23T12:00:00Z' });
    expect(other.problemsOf(aCluster({ problems: [again] }))).toEqual([again]);
    expect(state.save).toHaveBeenCalledWith('jupyter-dask-slurm:dismissed', [
      `${cluster.id}:submission_refused:2026-11-23T10:00:00Z`
    ]);
    other.dispose();
  });

  it('knows what was dismissed in another tab of the same server', async () => {
    const aTab = async (baseUrl: string): Promise<ClusterManager> => {
      const serverSettings = { ...server.settings, baseUrl };
      const tab = new ClusterManager({ serverSettings });
      await tab.ready;
      return tab;
    };
    const { baseUrl } = server.settings;
    const [one, other, foreign] = await Promise.all(
      [baseUrl, baseUrl, 'http://127.0.0.1:8888/user/bob/'].map(aTab)
    );
    const cluster = aCluster({ problems: [aProblem()] });
    const told = new Promise(resolve => other.changed.connect(resolve));
    one.dismiss(cluster.id, cluster.problems[0]);
    await told;
    expect(other.problemsOf(cluster)).toEqual([]);
    expect(foreign.problemsOf(cluster)).toEqual(cluster.problems);
    [one, other, foreign].forEach(tab => tab.dispose());
  });

  it.each([
    [26_641, true],
    [27_000, false],
    [null, false]
  ])('takes a cluster that has used %s core seconds for the same: %s', (core_seconds, same) => {
    const before = aCluster({ core_seconds: 26_640 });
    const [after] = keepUnchanged([before], [aCluster({ core_seconds })], saysTheSame);
    expect(after === before).toBe(same);
  });

  it('listens no longer once it is disposed', async () => {
    manager.dispose();
    const before = server.requests.length;
    events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.requests.length).toBe(before);
  });
});
