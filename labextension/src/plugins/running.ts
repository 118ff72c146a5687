/** The section of the running sessions. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator } from '@jupyterlab/translation';

import { RunningClusters } from '../athome/runningclusters';
import { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { loadBundle, PluginIDs } from './ids';

export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.running,
  description: 'Dask clusters among the running sessions.',
  autoStart: true,
  requires: [IClusterManager],
  optional: [IClusterPanel, ITranslator, IRunningSessionManagers],
  activate: (
    { commands }: JupyterFrontEnd,
    manager: IClusterManager,
    panel: IClusterPanel | null,
    translator: ITranslator | null,
    running: IRunningSessionManagers | null
  ): void => {
    const trans = loadBundle(translator);
    running?.add(new RunningClusters({ manager, panel, commands, trans }));
  }
};
