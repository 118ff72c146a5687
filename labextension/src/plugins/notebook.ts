/** What a notebook offers: its context menu has the clusters to connect to. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ClientMenu } from '../contextmenu';
import { IClusterManager, IClusterPanel } from '../tokens';
import { PluginIDs } from './ids';

export const notebookPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.notebook,
  description: 'Dask clusters in notebooks.',
  autoStart: true,
  requires: [IClusterManager, IClusterPanel],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    manager: IClusterManager,
    _: IClusterPanel,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dask_slurm');
    new ClientMenu({ manager, commands: app.commands, contextMenu: app.contextMenu, trans });
  }
};
