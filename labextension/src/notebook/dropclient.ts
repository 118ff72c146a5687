/** Takes a cluster that is dropped on a notebook: as its one cell, whether that is there or not. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import type { Drag } from '@lumino/dragdrop';

import { CLUSTER_MIME } from '../clusters/dragclient';

/** What a notebook marks the cell with above which something would be put. */
const DROP_TARGET = 'jp-mod-dropTarget';

export interface IDropOptions {
  /** Everything that may hold a notebook. */
  node: HTMLElement;
  /** The notebook in whose cells that element is. */
  notebookAt: (element: Element) => NotebookPanel | undefined;
  /** Insert the client of that cluster at that place. */
  insert: (clusterId: string, panel: NotebookPanel, index: number) => void;
}

/**
 * A notebook would take what is dropped as one more cell: it must not hear of a cluster. Until then
 * it does, and shows where the cell would be put.
 */
export function acceptDrops({ node, notebookAt, insert }: IDropOptions): IDisposable {
  const onDrop = (raw: Event): void => {
    const event = raw as Drag.Event;
    const target = event.target as Element | null;
    if (target === null || !event.mimeData.hasData(CLUSTER_MIME)) {
      return;
    }
    const panel = notebookAt(target);
    if (panel === undefined) {
      return; // An editor, which takes the text.
    }
    event.preventDefault();
    event.stopPropagation();
    event.dropAction = 'copy';
    for (const marked of panel.content.node.querySelectorAll(`.${DROP_TARGET}`)) {
      marked.classList.remove(DROP_TARGET);
    }
    const { widgets } = panel.content;
    const over = widgets.findIndex(cell => cell.node.contains(target));
    insert(
      event.mimeData.getData(CLUSTER_MIME) as string,
      panel,
      over === -1 ? widgets.length : over
    );
  };
  node.addEventListener('lm-drop', onDrop, true);
  return new DisposableDelegate(() => node.removeEventListener('lm-drop', onDrop, true));
}
