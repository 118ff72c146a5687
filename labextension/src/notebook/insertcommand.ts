/** Inserts the client of a cluster, and notifies the user if that is not possible. */

import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';
import type { IClusterManager } from '../clusters/tokens';
import type { IInjectOptions } from './inject';
import { CannotInsert, insertClient } from './inject';
import { notPython } from './languages';

export interface IInsertOptions extends Pick<IInjectOptions, 'app' | 'consoles'> {
  manager: Pick<IClusterManager, 'find'>;
  trans: TranslationBundle;
  notebooks: IInjectOptions['tracker'];
}

/** Milliseconds that a notification is shown. Without it, it would not be. */
const SHOWN_FOR = 6000;

/** Return whether a cell may still connect to a cluster; to a failed one it may not. */
export function isAlive(manager: Pick<IClusterManager, 'find'>): (clusterId: string) => boolean {
  return id => {
    const cluster = manager.find(id);
    return cluster !== undefined && cluster.status !== 'failed';
  };
}

/** Notify the user if the client cannot be inserted; other errors are thrown. */
export async function tellIfRefused(inserting: Promise<void>): Promise<void> {
  try {
    await inserting;
  } catch (error) {
    if (!(error instanceof CannotInsert)) {
      throw error;
    }
    Notification.warning(error.message, { autoClose: SHOWN_FOR });
  }
}

export async function insertClientOf(cluster: ICluster, options: IInsertOptions): Promise<void> {
  const { trans, manager } = options;
  const code = cluster.client_code ?? '';
  const inject: IInjectOptions = {
    app: options.app,
    tracker: options.notebooks,
    consoles: options.consoles,
    isAlive: isAlive(manager),
    notPython: notPython(trans)
  };
  const { id, name } = cluster;
  await tellIfRefused(
    insertClient({ id, name, code }, inject).then(where => {
      if (where === 'nowhere' || where === 'occupied') {
        Clipboard.copyToSystem(code);
        Notification.info(
          where === 'nowhere'
            ? trans.__('No notebook is open here. The code for %1 is on the clipboard.', name)
            : trans.__('The prompt is in use. The code for %1 is on the clipboard.', name),
          { autoClose: SHOWN_FOR }
        );
      }
    })
  );
}
