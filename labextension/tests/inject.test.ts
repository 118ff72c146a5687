import { beforeEach, describe, expect, it, vi } from 'vitest';

import { dashboardUrl } from '../src/dashboard';
import { CannotInsert, insertCode, pythonKernel } from '../src/inject';

const actions = vi.hoisted(() => ({
  insertBelow: (notebook: FakeNotebook) => notebook.insertBelow(),
  changeCellType: (notebook: FakeNotebook, type: string) => {
    notebook.activeCell.model.type = type;
  }
}));

// The real module brings the whole of JupyterLab's notebook, which jsdom cannot draw.
vi.mock('@jupyterlab/notebook', () => ({ NotebookActions: actions }));

class FakeCell {
  model: {
    type: string;
    sharedModel: { getSource: () => string; setSource: (text: string) => void };
  };

  constructor(
    public source = '',
    type = 'code'
  ) {
    const sharedModel = {
      getSource: () => this.source,
      setSource: (text: string) => {
        this.source = text;
      }
    };
    this.model = { type, sharedModel };
  }
}

class FakeNotebook {
  mode = 'edit';
  activated = 0;

  constructor(
    public widgets: FakeCell[],
    public activeCellIndex = 0
  ) {}

  get activeCell(): FakeCell {
    return this.widgets[this.activeCellIndex];
  }

  insertBelow(): void {
    this.activeCellIndex++;
    this.widgets.splice(this.activeCellIndex, 0, new FakeCell());
  }

  activate(): void {
    this.activated++;
  }
}

function aPanel(sources: string[], active = 0, language?: string) {
  return {
    id: 'notebook-1',
    revealed: Promise.resolve(),
    context: {
      ready: Promise.resolve(),
      model: {
        getMetadata: (key: string) =>
          key === 'language_info' && language ? { name: language } : undefined
      }
    },
    content: new FakeNotebook(
      sources.map(source => new FakeCell(source)),
      active
    )
  };
}

describe('insertCode', () => {
  const activateById = vi.fn();
  const execute = vi.fn();
  const app = {
    shell: { activateById },
    commands: { hasCommand: () => true, execute },
    serviceManager: {
      kernelspecs: {
        ready: Promise.resolve(),
        specs: { default: 'python3', kernelspecs: { python3: { language: 'python' } } }
      }
    }
  } as never;
  const notPython = (language: string): string => `this is ${language}`;
  const insert = (panel: unknown) =>
    insertCode('client = 1', { app, tracker: { currentWidget: panel } as never, notPython });

  const sources = (panel: ReturnType<typeof aPanel>): string[] =>
    panel.content.widgets.map(cell => cell.source);

  beforeEach(() => {
    execute.mockReset();
    activateById.mockReset();
  });

  it('adds a cell below the active one, selects it and goes there', async () => {
    const panel = aPanel(['a', 'b', 'c'], 1);
    expect(await insert(panel)).toBe(panel);
    expect(sources(panel)).toEqual(['a', 'b', 'client = 1', 'c']);
    expect(panel.content.activeCellIndex).toBe(2);
    expect(panel.content.mode).toBe('command');
    expect(panel.content.activated).toBe(1);
    expect(activateById).toHaveBeenCalledWith('notebook-1');
  });

  it('leaves an empty active cell of an open notebook alone', async () => {
    const panel = aPanel(['']);
    await insert(panel);
    expect(sources(panel)).toEqual(['', 'client = 1']);
  });

  it('fills the first cell of a notebook that it makes itself, with a Python kernel', async () => {
    const panel = aPanel(['']);
    execute.mockResolvedValue(panel);
    expect(await insert(null)).toBe(panel);
    expect(execute).toHaveBeenCalledWith('notebook:create-new', { kernelName: 'python3' });
    expect(sources(panel)).toEqual(['client = 1']);
  });

  it('makes a code cell where new cells are something else', async () => {
    const panel = aPanel(['a']);
    const below = panel.content.insertBelow.bind(panel.content);
    panel.content.insertBelow = () => {
      below();
      panel.content.activeCell.model.type = 'markdown';
    };
    await insert(panel);
    expect(panel.content.activeCell.model.type).toBe('code');
  });

  it('refuses a notebook of another language, and changes nothing', async () => {
    const panel = aPanel(['a'], 0, 'R');
    await expect(insert(panel)).rejects.toThrow(new CannotInsert('this is r'));
    expect(sources(panel)).toEqual(['a']);
  });

  it('answers null where there is no notebook to be had', async () => {
    execute.mockResolvedValue(undefined);
    expect(await insert(null)).toBeNull();
    expect(await insertCode('x', { app, tracker: null, notPython })).toBeNull();
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

describe('dashboardUrl', () => {
  const path = 'dask-slurm/clusters/1/dashboard/status';
  const base = 'http://127.0.0.1:8888/user/ada/';

  it.each([
    [path, base],
    [`/user/ada/${path}`, base]
  ])('puts %s below %s once', (given, baseUrl) => {
    expect(dashboardUrl(given, baseUrl)).toBe(`${base}${path}`);
  });
});
