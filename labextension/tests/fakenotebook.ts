/** A fake notebook with the parts that are used here. */

import { Signal } from '@lumino/signaling';
import { vi } from 'vitest';

interface INewCell {
  source: string;
  cell_type: string;
  metadata: Record<string, unknown>;
}

export class FakeCell {
  constructor(source = '', type = 'code', metadata: Record<string, unknown> = {}) {
    this.source = source;
    this.model = {
      type,
      sharedModel: {
        getSource: () => this.source,
        setSource: text => {
          this.source = text;
        }
      },
      getMetadata: key => this.metadata[key],
      setMetadata: (key, value) => {
        this.metadata[key] = value;
      }
    };
    this.metadata = metadata;
  }

  source: string;
  readonly metadata: Record<string, unknown>;
  readonly node = document.createElement('div');
  readonly model: {
    type: string;
    sharedModel: { getSource: () => string; setSource: (text: string) => void };
    getMetadata: (key: string) => unknown;
    setMetadata: (key: string, value: unknown) => void;
  };
}

export class FakeNotebook {
  constructor(
    public widgets: FakeCell[],
    public activeCellIndex = 0
  ) {}

  mode = 'edit';
  readonly node = document.createElement('div');
  readonly model = {
    sharedModel: {
      insertCell: (index: number, { source, cell_type, metadata }: INewCell) => {
        this.widgets.splice(index, 0, new FakeCell(source, cell_type, metadata));
      },
      moveCell: (from: number, to: number) => {
        this.widgets.splice(to, 0, ...this.widgets.splice(from, 1));
      }
    }
  };

  get activeCell(): FakeCell | null {
    return this.widgets[this.activeCellIndex] ?? null;
  }

  readonly activate = vi.fn();
  readonly deselectAll = vi.fn();
  readonly scrollToItem = vi.fn(async () => undefined);
}

/** Return a notebook panel with these cells, without a kernel. */
export function fakeNotebookPanel(cells: (string | FakeCell)[], active = 0) {
  const metadata: Record<string, unknown> = {};
  const panel = {
    id: 'notebook-1',
    revealed: Promise.resolve(),
    metadata,
    context: {
      ready: Promise.resolve(),
      model: {
        getMetadata: (key: string) => metadata[key],
        setMetadata: (key: string, value: unknown) => {
          metadata[key] = value;
          panel.context.model.metadataChanged.emit({ key });
        },
        deleteMetadata: (key: string) => {
          delete metadata[key];
          panel.context.model.metadataChanged.emit({ key });
        },
        metadataChanged: null as unknown as Signal<unknown, { key: string }>
      }
    },
    sessionContext: {
      ready: Promise.resolve(),
      session: null as { kernel: { name: string } } | null
    },
    content: new FakeNotebook(
      cells.map(cell => (typeof cell === 'string' ? new FakeCell(cell) : cell)),
      active
    )
  };
  panel.context.model.metadataChanged = new Signal(panel);
  return panel;
}

export type FakeNotebookPanel = ReturnType<typeof fakeNotebookPanel>;

export const sources = (panel: FakeNotebookPanel): string[] =>
  panel.content.widgets.map(cell => cell.source);
