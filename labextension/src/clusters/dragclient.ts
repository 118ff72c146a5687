/** Drags a cluster from its card: a notebook inserts a cell, an editor text. */

import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';
import type * as React from 'react';

import type { ICluster } from '../api/restapi';
import { clusterIcon } from '../base/icons';
import { CLIENT_MARK } from './clientcell';

/** The MIME type of a cluster's id. */
export const CLUSTER_MIME = 'application/vnd.jupyter-dask-slurm.cluster';

/** The MIME type of notebook cells; it makes notebooks show where a drop would go. */
const CELLS_MIME = 'application/vnd.jupyter.cells';

/** How many pixels the pointer has to move before a press becomes a drag. */
const THRESHOLD = 5;

/** Return what a drop target gets of a cluster. */
export function mimeDataOf({ id, client_code }: ICluster): MimeData {
  const source = client_code ?? '';
  const data = new MimeData();
  data.setData(CLUSTER_MIME, id);
  data.setData(CELLS_MIME, [
    {
      cell_type: 'code',
      source,
      metadata: { [CLIENT_MARK]: { cluster_id: id } },
      outputs: [],
      execution_count: null
    }
  ]);
  data.setData('text/plain', source);
  return data;
}

/** Start dragging the cluster once the pointer has moved away from where it was pressed. */
export function beginDrag(event: React.PointerEvent<HTMLElement>, cluster: ICluster): void {
  const target = event.target as HTMLElement;
  if (event.button !== 0 || !cluster.client_code || target.closest('button, input') !== null) {
    return;
  }
  const { clientX: x, clientY: y } = event;
  const onMove = (moved: PointerEvent): void => {
    if (Math.hypot(moved.clientX - x, moved.clientY - y) < THRESHOLD) {
      return;
    }
    end();
    const drag = new Drag({
      mimeData: mimeDataOf(cluster),
      dragImage: imageOf(cluster),
      supportedActions: 'copy',
      proposedAction: 'copy'
    });
    void drag.start(moved.clientX, moved.clientY).then(() => drag.dispose());
  };
  const end = (): void => {
    document.removeEventListener('pointermove', onMove, true);
    document.removeEventListener('pointerup', end, true);
    document.removeEventListener('pointercancel', end, true);
  };
  document.addEventListener('pointermove', onMove, true);
  document.addEventListener('pointerup', end, true);
  document.addEventListener('pointercancel', end, true);
}

function imageOf({ name }: ICluster): HTMLElement {
  const image = document.createElement('div');
  image.className = 'jp-DaskSlurm-dragImage';
  clusterIcon.element({ container: image.appendChild(document.createElement('span')) });
  image.append(name);
  return image;
}
