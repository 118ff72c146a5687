/** The panel in the sidebar, and its own commands. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator } from '@jupyterlab/translation';

import { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { addPanelCommands } from '../commands/panelcommands';
import { PanelModel } from '../panel/model';
import { ClusterSidebar } from '../panel/sidebar';
import { bringToFront } from '../ui/bringtofront';
import { loadBundle, PluginIDs } from './ids';

export const panelPlugin: JupyterFrontEndPlugin<IClusterPanel> = {
  id: PluginIDs.panel,
  description: 'Dask clusters on Slurm, from the sidebar.',
  autoStart: true,
  provides: IClusterPanel,
  requires: [IClusterManager],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, IStateDB],
  activate: (
    { commands, shell }: JupyterFrontEnd,
    manager: IClusterManager,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null
  ): IClusterPanel => {
    const trans = loadBundle(translator);
    const model = new PanelModel(manager, state);
    const sidebar = new ClusterSidebar({ manager, commands, trans }, model);
    const panel: IClusterPanel = {
      show: () => bringToFront(sidebar, shell),
      reveal: id => {
        panel.show();
        model.revealing = id;
      }
    };
    addPanelCommands({ commands, manager, model, panel, palette, trans });
    shell.add(sidebar, 'left', { rank: 550 });
    restorer?.add(sidebar, ClusterSidebar.ID);
    return panel;
  }
};
