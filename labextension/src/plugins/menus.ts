/** A card in the launcher, and items in the menus "File > New" and "Kernel". */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { ITranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../clusters/commandids';
import { IClusterPanel } from '../clusters/tokens';
import { loadBundle, PluginIDs } from './ids';

export const menusPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.menus,
  description: 'Dask clusters in the launcher and in the menus.',
  autoStart: true,
  requires: [IClusterPanel],
  optional: [ITranslator, ILauncher, IMainMenu],
  activate: (
    _app: JupyterFrontEnd,
    _panel: IClusterPanel,
    translator: ITranslator | null,
    launcher: ILauncher | null,
    menu: IMainMenu | null
  ): void => {
    const trans = loadBundle(translator);
    const create = { command: CommandIDs.newCluster, args: { isNew: true } };
    launcher?.add({ ...create, category: trans.__('Other'), rank: 10 });
    menu?.fileMenu.newMenu.addItem({ ...create, rank: 50 });
    menu?.kernelMenu.addGroup(
      [{ command: CommandIDs.insertClient }, { command: CommandIDs.showPanel }],
      90
    );
  }
};
