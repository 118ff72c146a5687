/** The submenu of a notebook's context menu that inserts the client of a cluster. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import type { ContextMenu, Menu } from '@lumino/widgets';

import type { ICluster } from '../api/restapi';
import { clusterIcon } from '../base/icons';
import { CommandIDs } from '../clusters/commandids';
import type { IClusterManager } from '../clusters/tokens';

export interface IClientMenuOptions {
  manager: IClusterManager;
  commands: CommandRegistry;
  contextMenu: Pick<ContextMenu, 'addItem'>;
  trans: TranslationBundle;
}

/** Below the commands for cells, above those for the notebook file. */
const RANK = 9.5;

/** Keeps the submenu up to date. Without clusters there is none. */
export class ClientMenu implements IDisposable {
  constructor(private readonly _options: IClientMenuOptions) {
    const { commands, manager, trans } = _options;
    this._menu = new MenuSvg({ commands });
    this._menu.id = 'jp-dask-slurm-client-menu';
    this._menu.title.label = trans.__('Insert Dask client');
    this._menu.title.icon = clusterIcon;
    manager.changed.connect(this._update, this);
    this._update();
  }

  get isDisposed(): boolean {
    return this._menu.isDisposed;
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._options.manager.changed.disconnect(this._update, this);
    this._item?.dispose();
    this._menu.dispose();
  }

  private _update(): void {
    const { manager, contextMenu } = this._options;
    const clusters = connectables(manager.clusters);
    const ids = clusters.map(cluster => cluster.id);
    if (ids.join() !== this._ids.join() && !this._menu.isAttached) {
      this._ids = ids;
      this._menu.clearItems();
      for (const id of ids) {
        this._menu.addItem({ command: CommandIDs.insertClient, args: { id, isList: true } });
      }
    }
    if (clusters.length > 0) {
      this._item ??= contextMenu.addItem({
        type: 'submenu',
        submenu: this._menu,
        selector: '.jp-Notebook',
        rank: RANK
      });
    } else {
      this._item?.dispose();
      this._item = null;
    }
  }

  private readonly _menu: Menu;
  private _item: IDisposable | null = null;
  private _ids: readonly string[] = [];
}

/** Return the clusters that a client can connect to now. */
function connectables(clusters: readonly ICluster[]): ICluster[] {
  return clusters.filter(cluster => !!cluster.client_code);
}
