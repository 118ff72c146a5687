import { MimeData } from '@lumino/coreutils';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { CLUSTER_MIME, mimeDataOf } from '../../src/clusters/dragclient';
import { acceptDrops } from '../../src/notebook/dropclient';
import type { FakeNotebookPanel } from '../fakenotebook';
import { fakeNotebookPanel } from '../fakenotebook';
import { aCluster } from '../fixtures';
import { panelHarness } from '../panelharness';

const started = vi.hoisted(() => vi.fn<(mimeData: MimeData) => void>());

// Lumino's Drag ends only over real elements with a layout.
vi.mock('@lumino/dragdrop', () => ({
  Drag: class {
    constructor(private readonly _options: { mimeData: MimeData }) {}
    start = async (): Promise<void> => started(this._options.mimeData);
    dispose = (): void => undefined;
  }
}));

afterEach(() => {
  cleanup();
  started.mockReset();
  document.body.replaceChildren();
});

describe('a card', () => {
  const open = (changes = {}) => {
    panelHarness().open(aCluster(changes));
    const [card] = screen.getAllByTestId('cluster-card');
    return card.querySelector('.jp-DaskSlurm-cardHeader')!;
  };
  const move = (by: number): void => {
    fireEvent(document, new MouseEvent('pointermove', { clientX: 100 + by, clientY: 100 }));
  };
  const down = (on: Element, button = 0): void => {
    const at = { clientX: 100, clientY: 100, button, bubbles: true };
    fireEvent(on, new MouseEvent('pointerdown', at));
  };

  it('is dragged by its head, once, after the pointer has gone some way', () => {
    down(open());
    move(3);
    expect(started).not.toHaveBeenCalled();
    move(8);
    move(20);
    expect(started).toHaveBeenCalledTimes(1);
    expect(started.mock.lastCall![0].getData(CLUSTER_MIME)).toBe('3f9a12bc');
  });

  it('stays where the pointer was let go before', () => {
    down(open());
    fireEvent(document, new MouseEvent('pointerup'));
    move(20);
    expect(started).not.toHaveBeenCalled();
  });

  it.each<[string, object, (head: Element) => void]>([
    ['before there is anything to connect to', { client_code: null }, head => down(head)],
    ['by its menu', {}, head => down(head.querySelector('button')!)],
    ['by another button', {}, head => down(head, 2)]
  ])('is not dragged %s', (_, changes, press) => {
    press(open(changes));
    move(20);
    expect(started).not.toHaveBeenCalled();
  });

  it('is a cell for a notebook, and text for an editor', () => {
    const data = mimeDataOf(aCluster());
    expect(data.getData('text/plain')).toBe('client = 1');
    expect(data.getData('application/vnd.jupyter.cells')).toMatchObject([
      { source: 'client = 1', metadata: { dask_slurm: { cluster_id: '3f9a12bc' } } }
    ]);
  });
});

describe('a drop', () => {
  const insert = vi.fn();
  const native = vi.fn();

  const drop = (
    pick: (panel: FakeNotebookPanel) => Element,
    mimeData: MimeData
  ): FakeNotebookPanel => {
    insert.mockReset();
    native.mockReset();
    const shell = document.body.appendChild(document.createElement('div'));
    const panel = fakeNotebookPanel(['a', 'b']);
    shell.append(panel.content.node);
    panel.content.node.append(...panel.content.widgets.map(cell => cell.node));
    panel.content.widgets[1].node.classList.add('jp-mod-dropTarget');
    panel.content.node.addEventListener('lm-drop', native, true);
    const editor = shell.appendChild(document.createElement('div'));
    editor.className = 'editor';
    const accepting = acceptDrops({
      node: shell,
      notebookAt: element => (panel.content.node.contains(element) ? (panel as never) : undefined),
      insert
    });
    const event = new MouseEvent('lm-drop', { bubbles: true, cancelable: true });
    pick(panel).dispatchEvent(Object.assign(event, { mimeData }));
    accepting.dispose();
    return panel;
  };
  const ours = mimeDataOf(aCluster());

  it.each<[string, (panel: FakeNotebookPanel) => Element, number]>([
    ['on a cell', panel => panel.content.widgets[1].node, 1],
    ['below all cells', panel => panel.content.node, 2]
  ])('%s inserts there, and the notebook does not hear of it', (_, pick, index) => {
    const panel = drop(pick, ours);
    expect(insert.mock.calls).toEqual([['3f9a12bc', panel, index]]);
    expect(native).not.toHaveBeenCalled();
    expect(document.querySelector('.jp-mod-dropTarget')).toBeNull();
  });

  it('of something else is the notebook’s', () => {
    drop(panel => panel.content.node, new MimeData());
    expect(insert).not.toHaveBeenCalled();
    expect(native).toHaveBeenCalledTimes(1);
  });

  it('elsewhere is left to who is there', () => {
    drop(() => document.querySelector('.editor')!, ours);
    expect(insert).not.toHaveBeenCalled();
  });
});
