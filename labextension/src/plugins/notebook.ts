/** Clusters in notebooks: the submenu of the context menu, and drops of cards. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { IClusterManager } from '../clusters/tokens';
import { ClientMenu } from '../notebook/contextmenu';
import { acceptDrops } from '../notebook/dropclient';
import { insertIntoNotebook } from '../notebook/inject';
import { isAlive, tellIfRefused } from '../notebook/insertcommand';
import { notPython } from '../notebook/languages';
import { loadBundle, PluginIDs } from './ids';

export const notebookPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.notebook,
  description: 'Dask clusters in notebooks.',
  autoStart: true,
  requires: [IClusterManager],
  optional: [ITranslator, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    manager: IClusterManager,
    translator: ITranslator | null,
    notebooks: INotebookTracker | null
  ): void => {
    const trans = loadBundle(translator);
    new ClientMenu({ manager, contextMenu: app.contextMenu });
    acceptDrops({
      node: app.shell.node,
      notebookAt: element => notebooks?.find(panel => panel.content.node.contains(element)),
      insert: (clusterId, panel, index) => {
        const cluster = manager.find(clusterId);
        if (cluster === undefined || !cluster.client_code) {
          return; // It is gone meanwhile.
        }
        const { id, name, client_code: code } = cluster;
        const options = { app, isAlive: isAlive(manager), notPython: notPython(trans) };
        void tellIfRefused(insertIntoNotebook({ id, name, code }, panel, options, { index }));
      }
    });
  }
};
