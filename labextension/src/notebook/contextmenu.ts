/** The submenu of a notebook's context menu that inserts the client of a cluster. */

import type { ContextMenuSvg } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { Menu } from '@lumino/widgets';

import { CommandIDs } from '../clusters/commandids';
import type { IClusterManager } from '../clusters/tokens';

export interface IClientMenuOptions {
  manager: IClusterManager;
  contextMenu: Pick<ContextMenuSvg, 'menu' | 'opened'>;
}

/** The submenu in `schema/notebook.json`, which says where it is. */
const SUBMENU = 'jp-dask-slurm-client-menu';

/** Whether it is there: its selector asks for this attribute. */
const ATTRIBUTE = 'daskSlurmClients';

/** Fills the submenu with the clusters that a client can connect to. Without any, there is none. */
export class ClientMenu implements IDisposable {
  constructor(private readonly _options: IClientMenuOptions) {
    _options.manager.changed.connect(this._update, this);
    _options.contextMenu.opened.connect(this._fill, this);
    this._update();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._options.manager.changed.disconnect(this._update, this);
    this._options.contextMenu.opened.disconnect(this._fill, this);
    delete document.body.dataset[ATTRIBUTE];
  }

  private _update(): void {
    if (this._connectable().length > 0) {
      document.body.dataset[ATTRIBUTE] = '';
    } else {
      delete document.body.dataset[ATTRIBUTE];
    }
  }

  private _fill(): void {
    const isOurs = ({ submenu }: Menu.IItem): boolean => submenu?.id === SUBMENU;
    const submenu = this._options.contextMenu.menu.items.find(isOurs)?.submenu;
    submenu?.clearItems();
    for (const id of this._connectable()) {
      submenu?.addItem({ command: CommandIDs.insertClient, args: { id, isList: true } });
    }
  }

  /** Return the ids of the clusters that a client can connect to now. */
  private _connectable(): string[] {
    return this._options.manager.clusters
      .filter(cluster => !!cluster.client_code)
      .map(cluster => cluster.id);
  }

  private _isDisposed = false;
}
