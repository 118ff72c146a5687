import { Signal } from '@lumino/signaling';
import { ServerConnection } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ClusterManager } from '../src/manager';
import { EVENT_SCHEMA_ID } from '../src/restapi';
import { aCluster, aProblem, aPromise, aSite } from './believable';

interface IRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

type Answer = (request: IRequest) => unknown | Promise<unknown>;

/** A server of one handler; what it throws is thrown by `fetch`, a Response is answered as it is. */
function aServer(answer: Answer) {
  const requests: IRequest[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://127.0.0.1:8888/user/ada/',
    token: '',
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

  it('makes two looks of a storm of events: the one under way, and one after it', async () => {
    const before = lists();
    for (let i = 0; i < 50; i++) {
      events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    }
    await settle();
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

  it('looks at the site with every look that nobody asked for, 20 seconds apart', async () => {
    const before = sites();
    await vi.advanceTimersByTimeAsync(65_000);
    expect(sites()).toBe(before + 3);
  });

  it.each([5, 30, 301, 3600])('takes %i seconds for the time between looks', async seconds => {
    manager.refreshInterval = 1000 * seconds;
    await vi.advanceTimersByTimeAsync(25_000); // The one that was due already.
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

  it('drops a list that was asked for before a change of ours', async () => {
    const old = aPromise<unknown>();
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
    expect(seen.length).toBeGreaterThan(0);
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
    // What was known stays, to be shown as such.
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

  it('asks for the same size once more to retry', async () => {
    answer = ({ path }) => (path === 'clusters' ? [aCluster({ scaling: { cores: 48 } })] : null);
    await manager.refresh();
    answer = () => aCluster();
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

  it('listens no longer once it is disposed', async () => {
    manager.dispose();
    const before = server.requests.length;
    events.stream.emit({ schema_id: EVENT_SCHEMA_ID });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.requests.length).toBe(before);
  });
});
