/** The commands about dashboards. */

import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ICluster } from '../api/restapi';
import { CommandIDs } from '../clusters/commandids';
import type { IClusterManager } from '../clusters/tokens';
import type { Dashboards } from '../dashboards/dashboards';
import type { IAnchor } from '../dashboards/plotchooser';
import { DEFAULT_LAYOUT, PlotChooser } from '../dashboards/plotchooser';
import { WHOLE_DASHBOARD } from '../dashboards/plots';
import { forCluster } from './forcluster';
import { addToPalette } from './palette';

export interface IDashboardCommandsOptions {
  commands: CommandRegistry;
  manager: IClusterManager;
  dashboards: Dashboards;
  palette: ICommandPalette | null;
  trans: TranslationBundle;
}

export function addDashboardCommands(options: IDashboardCommandsOptions): void {
  const { commands, dashboards, palette, trans } = options;
  const add = forCluster(options);
  const shown = ({ dashboard_path }: ICluster): boolean => !!dashboard_path;

  add(
    CommandIDs.openDashboard,
    trans.__('Open Dashboard'),
    shown,
    cluster => dashboards.open(cluster),
    trans.__('Open Dask Dashboard')
  );

  add(CommandIDs.openPlot, trans.__('Open Dask Plot…'), shown, (cluster, args) => {
    if (typeof args.plot === 'string') {
      return dashboards.open(cluster, args.plot);
    }
    const choose = (choice: string): void => {
      const { id } = cluster;
      void (choice === DEFAULT_LAYOUT
        ? commands.execute(CommandIDs.defaultLayout, { id })
        : choice === WHOLE_DASHBOARD
          ? commands.execute(CommandIDs.openDashboard, { id })
          : commands.execute(CommandIDs.openPlot, { id, plot: choice }));
    };
    const { plots, canArrange } = dashboards;
    const isOpen = (plot: string): boolean => dashboards.isOpen(cluster.id, plot);
    PlotChooser.open({ cluster, plots, canArrange, isOpen, choose, trans }, anchorOf(args));
    return undefined;
  });

  add(
    CommandIDs.defaultLayout,
    trans.__('Default Dashboard Layout'),
    cluster => dashboards.canArrange && shown(cluster),
    cluster => dashboards.openDefault(cluster),
    trans.__('Default Dask Dashboard Layout')
  );

  // For the layout restorer; the cluster may not be known yet.
  commands.addCommand(CommandIDs.restorePlot, {
    execute: ({ id, plot, name }) => {
      if (typeof id === 'string' && typeof plot === 'string') {
        dashboards.restore(id, plot, typeof name === 'string' ? name : id);
      }
    }
  });

  addToPalette(palette, trans, [
    CommandIDs.openDashboard,
    CommandIDs.openPlot,
    CommandIDs.defaultLayout
  ]);
}

function anchorOf({ below }: ReadonlyPartialJSONObject): IAnchor | null {
  return typeof below === 'object' && below !== null ? (below as unknown as IAnchor) : null;
}
