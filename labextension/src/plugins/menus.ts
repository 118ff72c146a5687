/** A card in the launcher. The items of the main menu are in `schema/menus.json`. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../clusters/commandids';
import { loadBundle, PluginIDs } from './ids';

export const menusPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.menus,
  description: 'Dask clusters in the launcher and in the menus.',
  autoStart: true,
  optional: [ITranslator, ILauncher],
  activate: (
    _app: JupyterFrontEnd,
    translator: ITranslator | null,
    launcher: ILauncher | null
  ): void => {
    const category = loadBundle(translator).__('Other');
    launcher?.add({ command: CommandIDs.newCluster, args: { isNew: true }, category, rank: 10 });
  }
};
