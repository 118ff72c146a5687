import { Signal } from '@lumino/signaling';
import { execFileSync } from 'node:child_process';

import { beforeEach, describe, expect, it } from 'vitest';

import { chosenCluster, connectingCode, NotebookLink, readChoice } from '../../src/notebook/link';
import type { ILinkState } from '../../src/notebook/linkwords';
import { linkWords } from '../../src/notebook/linkwords';
import { factsReply, someFacts } from '../fakekernel';
import type { FakeNotebookPanel } from '../fakenotebook';
import { fakeNotebookPanel } from '../fakenotebook';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aCluster, aProblem, deferred, noJobs, trans } from '../fixtures';

const choice = { id: '3f9a12bc', name: 'blue-otter' };
const idle = { expected: 1, connected: 0 };

describe('the choice of a notebook', () => {
  const failed = aCluster({ status: 'failed' });
  const again = aCluster({ id: 'anew' });

  it.each([
    [[aCluster()], '3f9a12bc'],
    [[failed, again], 'anew'],
    [[again], 'anew'],
    [[failed], '3f9a12bc'],
    [[aCluster({ id: 'b', name: 'owl' })], undefined]
  ])('among %# is %s', (clusters, id) => {
    expect(chosenCluster(choice, clusters)?.id).toBe(id);
  });

  it.each([
    [{ cluster: choice }, choice],
    [{ cluster: { id: 1 } }, null],
    [{ cluster_id: '3' }, null],
    [undefined, null]
  ])('is read from %j', (metadata, expected) => {
    expect(readChoice(metadata)).toEqual(expected);
  });

  it('binds its client once to one scheduler', () => {
    const code = connectingCode(aCluster({ client_code: 'a = 1\n\nclient = a' }));
    expect(code).toContain('== "tls://127.0.0.1:1234"');
  });

  describe('in a kernel', () => {
    /** What Python says of `client` and of the other names, with these lines before. */
    const inPython = (...before: string[]): string => {
      const clientCode = 'cluster_dir = "/é/\\\\"\nclient = "ours"\nclient';
      const code = connectingCode(aCluster({ client_code: clientCode }));
      const program = [
        'import sys, types',
        'before, code = sys.argv[1:]',
        'names = {"SN": types.SimpleNamespace}',
        'exec(before, names)',
        'known = set(names)',
        'try:',
        '    exec(code, names)',
        'except Exception as error:',
        '    print(type(error).__name__, end=" ")',
        'print(names["client"], *sorted(set(names) - known))'
      ];
      const argv = ['-c', program.join('\n'), before.join('\n'), code];
      return execFileSync('python3', argv, { encoding: 'utf8' }).trim();
    };
    const security = (file: string): string => `security=SN(tls_ca_file="${file}")`;

    it.each([
      ['nothing was there', '', 'ours client'],
      ['it was given up', 'client = None', 'ours'],
      [
        'it was that of another cluster',
        `client = SN(status="running", ${security('/s/aaaaaaaa/cert.pem')})`,
        'ours'
      ]
    ])('is bound when %s, and no other name is', (_, before, said) => {
      expect(inPython(before)).toBe(said);
    });

    it.each([
      ['an HTTP client', 'client = "httpx"', 'RuntimeError httpx'],
      [
        'a Dask client of the user',
        `class C(SN):\n  __repr__ = lambda c: "own"\nclient = C(status="running", ${security('/etc/ca.pem')})`,
        'RuntimeError own'
      ],
      [
        'connected already',
        'class C(SN):\n  __repr__ = lambda c: "same"\nclient = C(status="running", scheduler=SN(address="tls://127.0.0.1:1234"))',
        'same'
      ]
    ])('is left alone when it is %s', (_, before, said) => {
      expect(inPython(before)).toBe(said);
    });
  });
});

describe('how a notebook stands with its cluster', () => {
  const bound = { kind: 'bound' as const, clusterId: '3f9a12bc' };
  const state = (changes: Partial<ILinkState> = {}): ILinkState => ({
    choice,
    cluster: aCluster(),
    kernel: bound,
    asks: false,
    foreign: null,
    listed: true,
    ...changes
  });
  const pending = { ...noJobs, desired: 2, pending: 2 };

  it.each<[Partial<ILinkState>, string, string]>([
    [{ foreign: 'r' }, 'none', 'This notebook’s kernel runs R; Dask needs Python.'],
    [{ choice: null, cluster: undefined }, 'none', ''],
    [{ cluster: undefined }, 'failed', 'the cluster is gone'],
    [{ cluster: undefined, listed: false }, 'starting', 'looking for the cluster…'],
    [
      { cluster: aCluster({ status: 'failed', problems: [aProblem({ message: 'disk full' })] }) },
      'failed',
      'disk full'
    ],
    [{ kernel: { kind: 'failed', words: 'OSError: x' } }, 'failed', 'OSError: x'],
    [
      { asks: true, kernel: { kind: 'due' } },
      'unreachable',
      'chosen elsewhere: choose it to connect'
    ],
    [{ cluster: aCluster({ client_code: null }) }, 'starting', 'the cluster is starting…'],
    [{ kernel: { kind: 'none' } }, 'none', 'connects when the kernel starts'],
    [{ kernel: { kind: 'connecting', clusterId: '3f9a12bc' } }, 'starting', 'connecting…'],
    [
      { kernel: { kind: 'bound', clusterId: 'old' } },
      'unreachable',
      'started again: connect again'
    ],
    [{}, 'running', 'connected, 16 workers'],
    [
      {
        cluster: aCluster({
          versions: { python: '3.13.1.final.0', dask: '2026.8.0', numpy: '2.4' }
        }),
        kernel: { ...bound, versions: { python: '3.11.7', dask: '2026.8.0', numpy: '1.26' } }
      },
      'unreachable',
      'connected, but tasks may fail: python 3.11.7 here and 3.13.1 there'
    ],
    [
      {
        cluster: aCluster({ versions: { python: '3.13.1.final.0', numpy: '2.4' } }),
        kernel: { ...bound, versions: { python: '3.13.9', dask: '2026.8.0', numpy: '1.26' } }
      },
      'running',
      'connected, 16 workers'
    ],
    [
      {
        cluster: aCluster({ versions: { distributed: '2024.5.0' } }),
        kernel: { kind: 'failed', words: 'TypeError: x', versions: { distributed: '2026.8.0' } }
      },
      'failed',
      'versions differ: distributed 2026.8.0 here and 2024.5.0 there (TypeError: x)'
    ],
    [
      { cluster: aCluster({ workers: idle, jobs: pending, pending_reason: '(Resources)' }) },
      'starting',
      'waiting for the first worker (2 jobs pending: Resources)'
    ],
    [
      {
        cluster: aCluster({ workers: idle, jobs: pending, problems: [aProblem({ message: 'no' })] })
      },
      'failed',
      'no'
    ],
    [{ cluster: aCluster({ workers: idle }) }, 'starting', 'waiting for the first worker'],
    [
      { cluster: aCluster({ workers: idle, jobs: noJobs }) },
      'unreachable',
      'connected, no workers: it has no jobs'
    ]
  ])('%#: %s', (changes, dot, words) => {
    expect(linkWords(state(changes), trans)).toEqual({ dot, words });
  });
});

describe('the client of a notebook', () => {
  type Reply = { content: { status: string; ename?: string; evalue?: string } };
  let manager: FakeManager;
  let panel: FakeNotebookPanel;
  let requests: { code: string; answer: ReturnType<typeof deferred<Reply>> }[];
  let kernelChanged: Signal<unknown, void>;
  let statusChanged: Signal<unknown, string>;

  const kernel = {
    name: 'python3',
    status: 'idle',
    statusChanged: new Signal<unknown, string>({}),
    requestExecute: ({ code }: { code: string }) => {
      const answer = deferred<Reply>();
      requests.push({ code, answer });
      return { done: answer.promise };
    }
  };
  const open = async (): Promise<NotebookLink> => {
    const specs = { kernelspecs: { python3: { language: 'python' } } };
    const link = new NotebookLink({
      panel: panel as never,
      manager,
      kernelspecs: { specs } as never
    });
    await panel.context.ready;
    return link;
  };
  const settle = async (index: number, content: Reply['content']): Promise<void> => {
    requests[index].answer.resolve({ content });
    await requests[index].answer.promise;
  };

  beforeEach(() => {
    manager = fakeManager([aCluster()]);
    requests = [];
    panel = fakeNotebookPanel(['a']);
    kernelChanged = new Signal<unknown, void>(panel);
    statusChanged = new Signal<unknown, string>(panel);
    Object.assign(panel.sessionContext, { kernelChanged, statusChanged, session: { kernel } });
    Object.assign(panel, { disposed: new Signal(panel) });
  });

  it('is made when it is chosen, and again by each kernel; the choice is kept', async () => {
    const link = await open();
    expect(requests).toHaveLength(0);
    link.choose(aCluster());
    expect(panel.metadata.dask_slurm).toEqual({ cluster: choice });
    expect(requests).toHaveLength(1);
    await settle(0, { status: 'ok' });
    expect(link.kernel).toEqual({ kind: 'bound', clusterId: '3f9a12bc' });
    kernelChanged.emit();
    expect(requests).toHaveLength(2);
    statusChanged.emit('autorestarting');
    statusChanged.emit('idle');
    statusChanged.emit('idle');
    expect(requests).toHaveLength(3);
    link.choose(null);
    kernelChanged.emit();
    expect(requests).toHaveLength(3);
    expect(panel.metadata).toEqual({});
  });

  it('is made where the notebook had chosen before, as soon as the cluster can be used', async () => {
    panel.metadata.dask_slurm = { cluster: choice };
    manager.clusters = [aCluster({ status: 'starting', client_code: null })];
    await open();
    expect(requests).toHaveLength(0);
    manager.clusters = [aCluster()];
    manager.changed.emit();
    manager.changed.emit();
    expect(requests).toHaveLength(1);
  });

  it('is not made by a name alone, until the user chooses that cluster', async () => {
    panel.metadata.dask_slurm = { cluster: { id: '0badcafe', name: 'blue-otter' } };
    const link = await open();
    kernelChanged.emit();
    manager.changed.emit();
    expect(link.cluster?.id).toBe('3f9a12bc');
    expect(link.asks).toBe(true);
    expect(requests).toHaveLength(0);
    link.choose(aCluster());
    expect(link.asks).toBe(false);
    expect(panel.metadata.dask_slurm).toEqual({ cluster: choice });
    expect(requests).toHaveLength(1);
  });

  it('follows a cluster that is started again while the notebook is open', async () => {
    panel.metadata.dask_slurm = { cluster: choice };
    manager.clusters = [aCluster({ status: 'failed', client_code: null })];
    const link = await open();
    expect(requests).toHaveLength(0);
    manager.clusters = [aCluster({ id: 'anew' })];
    manager.changed.emit();
    expect(link.asks).toBe(false);
    expect(requests).toHaveLength(1);
  });

  it('says what the kernel says, but not of a kernel of before', async () => {
    const link = await open();
    link.choose(aCluster());
    kernelChanged.emit();
    await settle(0, { status: 'error', ename: 'Old', evalue: 'x' });
    expect(link.kernel.kind).toBe('connecting');
    await settle(1, { status: 'error', ename: 'ImportError', evalue: 'no dask' });
    expect(link.kernel).toEqual({ kind: 'failed', words: 'ImportError: no dask' });
    // What is asked next are its versions: they may be why.
    const told = new Promise(resolve => link.changed.connect(resolve));
    await settle(2, factsReply(someFacts()) as Reply['content']);
    await told;
    expect(link.kernel).toMatchObject({ kind: 'failed', versions: someFacts().versions });
  });

  it('that is made has the versions of its kernel', async () => {
    const link = await open();
    link.choose(aCluster());
    await settle(0, factsReply(someFacts()) as Reply['content']);
    expect(link.kernel).toMatchObject({ kind: 'bound', versions: someFacts().versions });
  });

  it('is not made in another language, nor after the end', async () => {
    const link = await open();
    kernel.name = 'ir';
    panel.metadata.language_info = { name: 'R' };
    link.choose(aCluster());
    expect(link.foreign).toBe('r');
    kernel.name = 'python3';
    link.dispose();
    link.dispose();
    kernelChanged.emit();
    manager.changed.emit();
    expect(requests).toHaveLength(0);
  });
});
