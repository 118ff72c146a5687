/** Drags a cluster from its card: a notebook takes it as a cell, an editor as text. */

import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';
import type * as React from 'react';

import type { ICluster } from '../api/restapi';
import { clusterIcon } from '../base/icons';
import { CLIENT_MARK } from './clientcell';

/** The id of the cluster, for those who know what to do with it. */
export const CLUSTER_MIME = 'application/vnd.jupyter-dask-slurm.cluster';

/** What notebooks exchange; it is what makes them show where something would be put. */
const CELLS_MIME = 'application/vnd.jupyter.cells';

/** How far the pointer has to go before it is a drag and no click; pixels. */
const THRESHOLD = 5;

/** What a cluster is to those it may be dropped on. */
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

/** The pointer went down on the head of a card: once it moves away, it takes the cluster with it. */
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
