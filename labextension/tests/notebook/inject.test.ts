import { beforeEach, describe, expect, it, vi } from 'vitest';

import { CannotInsert, insertClient, insertIntoNotebook } from '../../src/notebook/inject';
import { pythonKernel } from '../../src/notebook/languages';
import type { FakeNotebookPanel } from '../fakenotebook';
import { fakeNotebookPanel, FakeCell, sources } from '../fakenotebook';
import { deferred } from '../fixtures';

const code = '# blue-otter: a dask cluster\nclient = 1\nclient';
const client = { id: '3f9a12bc', name: 'blue-otter', code };
const mark = { dask_slurm: { cluster_id: '3f9a12bc' } };

const shell = { activateById: vi.fn(), currentWidget: null as unknown };
const execute = vi.fn();
const app = {
  shell,
  commands: { hasCommand: () => true, execute },
  serviceManager: {
    kernelspecs: {
      ready: Promise.resolve(),
      specs: {
        default: 'python3',
        kernelspecs: { python3: { language: 'python' }, ir: { language: 'R' } }
      }
    }
  }
} as never;
const common = {
  app,
  isAlive: () => false,
  notPython: (language: string) => `this is ${language}`
};

beforeEach(() => {
  execute.mockReset();
  shell.activateById.mockReset();
  shell.currentWidget = null;
});

describe('a client in a notebook', () => {
  const insert = (panel: FakeNotebookPanel | null) =>
    insertClient(client, { ...common, tracker: { currentWidget: panel } as never, consoles: null });

  it('is a cell with a mark below the active one; it is selected and gone to', async () => {
    const panel = fakeNotebookPanel(['a', 'b', 'c'], 1);
    expect(await insert(panel)).toBe('cell');
    expect(sources(panel)).toEqual(['a', 'b', code, 'c']);
    const { content } = panel;
    expect(content.widgets[2].metadata).toEqual({ trusted: true, ...mark });
    expect(content.activeCellIndex).toBe(2);
    expect(content.mode).toBe('command');
    expect(content.activate).toHaveBeenCalledTimes(1);
    expect(content.scrollToItem.mock.calls).toEqual([[2, 'smart']]);
    expect(shell.activateById).toHaveBeenCalledWith('notebook-1');
  });

  it('is one cell however often it is inserted', async () => {
    const panel = fakeNotebookPanel(['a', 'b'], 0);
    await insert(panel);
    panel.content.activeCellIndex = 2;
    await insert(panel);
    expect(sources(panel)).toEqual(['a', code, 'b']);
    expect(panel.content.activeCellIndex).toBe(1);
  });

  it('brings a cell up to date that had no mark, and marks it', async () => {
    const older = '# blue-otter: a dask cluster\nclient = 0\nclient';
    const panel = fakeNotebookPanel(['a', `${older}\nmore`], 0);
    await insert(panel);
    expect(sources(panel)).toEqual(['a', `${code}\nmore`]);
    expect(panel.content.widgets[1].metadata).toEqual(mark);
  });

  it('goes where it is dropped, also when it is there already', async () => {
    const panel = fakeNotebookPanel(['a', 'b'], 1);
    await insertIntoNotebook(client, panel as never, common, { index: 0 });
    expect(sources(panel)).toEqual([code, 'a', 'b']);
    await insertIntoNotebook(client, panel as never, common, { index: 2 });
    expect(sources(panel)).toEqual(['a', code, 'b']);
    expect(panel.content.activeCellIndex).toBe(1);
    await insertIntoNotebook(client, panel as never, common, { index: 1 });
    await insertIntoNotebook(client, panel as never, common, { index: 2 });
    expect(sources(panel)).toEqual(['a', code, 'b']);
    await insertIntoNotebook(client, panel as never, common, { index: 3 });
    expect(sources(panel)).toEqual(['a', 'b', code]);
  });

  it('fills an empty active cell, and leaves none above it', async () => {
    const panel = fakeNotebookPanel(['a', ' \n', 'b'], 1);
    await insert(panel);
    expect(sources(panel)).toEqual(['a', code, 'b']);
    expect(panel.content.widgets[1].metadata).toEqual(mark);
    const prose = fakeNotebookPanel([new FakeCell('', 'markdown')]);
    await insert(prose);
    expect(sources(prose)).toEqual(['', code]);
  });

  it('fills the first cell of a notebook that it makes itself, with a Python kernel', async () => {
    const panel = fakeNotebookPanel(['']);
    execute.mockResolvedValue(panel);
    expect(await insert(null)).toBe('cell');
    expect(execute).toHaveBeenCalledWith('notebook:create-new', { kernelName: 'python3' });
    expect(sources(panel)).toEqual([code]);
    expect(panel.content.widgets[0].metadata).toEqual(mark);
  });

  it.each<[string, (panel: FakeNotebookPanel) => void]>([
    ['says so', panel => (panel.metadata.language_info = { name: 'R' })],
    ['runs its kernel', panel => (panel.sessionContext.session = { kernel: { name: 'ir' } })]
  ])('is refused where the notebook of another language %s', async (_, speak) => {
    const panel = fakeNotebookPanel(['a']);
    speak(panel);
    await expect(insert(panel)).rejects.toThrow(new CannotInsert('this is r'));
    expect(sources(panel)).toEqual(['a']);
  });

  it('is not refused where only the kernel of before spoke another language', async () => {
    const panel = fakeNotebookPanel(['a']);
    panel.metadata.language_info = { name: 'R' };
    panel.sessionContext.session = { kernel: { name: 'python3' } };
    expect(await insert(panel)).toBe('cell');
  });

  it('goes nowhere without a notebook', async () => {
    execute.mockResolvedValue(undefined);
    expect(await insert(null)).toBe('nowhere');
    expect(await insertClient(client, { ...common, tracker: null, consoles: null })).toBe(
      'nowhere'
    );
  });
});

describe('a client in a console', () => {
  it.each([
    ['', 'prompt', code],
    [code, 'prompt', code],
    ['x = 1', 'occupied', 'x = 1']
  ])('where the prompt says %j', async (before, where, after) => {
    const promptCell = new FakeCell(before);
    const current = {
      console: { promptCell },
      sessionContext: { ready: Promise.resolve(), session: null }
    };
    shell.currentWidget = current;
    const notebook = fakeNotebookPanel(['a']);
    const answer = await insertClient(client, {
      ...common,
      tracker: { currentWidget: notebook } as never,
      consoles: { currentWidget: current } as never
    });
    expect(answer).toBe(where);
    expect(promptCell.source).toBe(after);
    expect(sources(notebook)).toEqual(['a']);
  });
});

describe('a client where the kernel has this package', () => {
  const short = 'from jupyter_dask_slurm import connect\nclient = connect("blue-otter")';
  const reply = (text: string) => ({
    content: { status: 'ok', user_expressions: { found: { data: { 'text/plain': text } } } }
  });
  const kernelThat = (answer: () => Promise<unknown>, status = 'idle') => ({
    name: 'python3',
    status,
    requestExecute: vi.fn(() => ({ done: answer() }))
  });
  const insert = async (kernel: unknown, cells = ['a']) => {
    const panel = fakeNotebookPanel(cells);
    panel.sessionContext.session = { kernel } as never;
    await insertIntoNotebook(client, panel as never, common);
    return sources(panel);
  };

  it('is two lines, which the kernel is asked about silently', async () => {
    const kernel = kernelThat(() => Promise.resolve(reply('True')));
    expect(await insert(kernel)).toEqual(['a', short]);
    const [request] = kernel.requestExecute.mock.calls[0] as unknown as [Record<string, unknown>];
    expect(request).toMatchObject({ code: '', silent: true, store_history: false });
    expect(JSON.stringify(request.user_expressions)).toContain('3f9a12bc');
  });

  it('takes the place of the long code, and stays when it is inserted again', async () => {
    const kernel = kernelThat(() => Promise.resolve(reply('True')));
    expect(await insert(kernel, [`${code}\nmore`])).toEqual([`${short}\nmore`]);
    expect(await insert(kernel, [`${short}\nmore`])).toEqual([`${short}\nmore`]);
  });

  it.each<[string, unknown]>([
    ['lacks it, or looks elsewhere', kernelThat(() => Promise.resolve(reply('False')))],
    ['has an older one', kernelThat(() => Promise.resolve({ content: { status: 'error' } }))],
    ['is restarted meanwhile', kernelThat(() => Promise.reject(new Error('Canceled')))],
    ['is busy', kernelThat(() => new Promise(() => undefined), 'busy')],
    ['is not there', null]
  ])('is code that needs dask alone where the kernel %s', async (_, kernel) => {
    expect(await insert(kernel)).toEqual(['a', code]);
  });

  it('is gone to at once where it is there already, whatever the kernel says', async () => {
    const panel = fakeNotebookPanel(['a', short, 'b'], 0);
    const answer = deferred<unknown>();
    panel.sessionContext.session = { kernel: kernelThat(() => answer.promise) } as never;
    const inserting = insertIntoNotebook(client, panel as never, common);
    await vi.waitFor(() => expect(panel.content.activeCellIndex).toBe(1));
    panel.content.activeCellIndex = 2; // The user goes on.
    answer.resolve(reply('True'));
    await inserting;
    expect(panel.content.activeCellIndex).toBe(2);
    expect(sources(panel)).toEqual(['a', short, 'b']);
  });

  it('is code that needs dask alone where the kernel does not answer', async () => {
    vi.useFakeTimers();
    const inserting = insert(kernelThat(() => new Promise(() => undefined)));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await inserting).toEqual(['a', code]);
    vi.useRealTimers();
  });

  it('is two lines where the kernel is just starting, and busy with itself', async () => {
    const panel = fakeNotebookPanel(['']);
    const ready = deferred<void>();
    Object.assign(panel.sessionContext, { ready: ready.promise });
    execute.mockResolvedValue(panel);
    const inserting = insertClient(client, {
      ...common,
      tracker: { currentWidget: null } as never,
      consoles: null
    });
    const kernel = kernelThat(() => Promise.resolve(reply('True')), 'busy');
    panel.sessionContext.session = { kernel } as never;
    ready.resolve(undefined);
    await inserting;
    expect(sources(panel)).toEqual([short]);
  });

  it('is two lines at the prompt of a console, too', async () => {
    const promptCell = new FakeCell(code);
    const kernel = kernelThat(() => Promise.resolve(reply('True')));
    const sessionContext = { ready: Promise.resolve(), session: { kernel } };
    const current = { console: { promptCell }, sessionContext };
    shell.currentWidget = current;
    await insertClient(client, {
      ...common,
      tracker: null,
      consoles: { currentWidget: current } as never
    });
    expect(promptCell.source).toBe(short);
  });
});

describe('pythonKernel', () => {
  it('prefers the default one, then any that speaks Python', () => {
    const kernelspecs = { ir: { language: 'R' }, py: { language: 'python' } };
    expect(pythonKernel({ default: 'py', kernelspecs })).toBe('py');
    expect(pythonKernel({ default: 'ir', kernelspecs })).toBe('py');
    expect(pythonKernel({ default: 'ir', kernelspecs: { ir: kernelspecs.ir } })).toBeNull();
    expect(pythonKernel(null)).toBeNull();
  });
});
