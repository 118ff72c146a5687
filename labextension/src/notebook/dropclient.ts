/** Accepts a cluster that is dropped on a notebook: inserts its cell, or updates it. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import type { Drag } from '@lumino/dragdrop';

import { CLUSTER_MIME } from '../clusters/dragclient';

/** The class of the cell above which a notebook would insert. */
const DROP_TARGET = 'jp-mod-dropTarget';

export interface IDropOptions {
  /** The node that contains all notebooks. */
  node: HTMLElement;
  /** Returns the notebook that contains this element. */
  notebookAt: (element: Element) => NotebookPanel | undefined;
  /** Inserts the client of a cluster at this index. */
  insert: (clusterId: string, panel: NotebookPanel, index: number) => void;
}

/**
 * Accept drops of clusters. The drop must not reach the notebook, which would insert another cell;
 * the drag before it does, so that the notebook shows where the cell would go.
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
      return; // An editor inserts the text itself.
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
