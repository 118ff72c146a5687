/** The commands about clusters, and the tabs that some of them open. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { addCommands } from '../commands/commands';
import { makeTabs, restoreTabs } from '../views/kinds';
import { loadBundle, PluginIDs } from './ids';

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.commands,
  description: 'The commands about Dask clusters, and their tabs of jobs and logs.',
  autoStart: true,
  requires: [IClusterManager],
  optional: [
    IClusterPanel,
    ITranslator,
    ICommandPalette,
    ILayoutRestorer,
    ILabShell,
    INotebookTracker,
    IConsoleTracker
  ],
  activate: (
    app: JupyterFrontEnd,
    manager: IClusterManager,
    panel: IClusterPanel | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    notebooks: INotebookTracker | null,
    consoles: IConsoleTracker | null
  ): void => {
    const trans = loadBundle(translator);
    const context = { manager, commands: app.commands, trans };
    const tabs = makeTabs({ app, labShell, context });
    if (restorer !== null) {
      restoreTabs(tabs, app, restorer);
    }
    addCommands({ app, manager, panel, trans, tabs, notebooks, consoles, palette });
  }
};
