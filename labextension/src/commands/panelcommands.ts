/** The commands of the panel itself: without it there are none of them. */

import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { clusterIcon } from '../base/icons';
import { CommandIDs } from '../clusters/commandids';
import type { IClusterManager, IClusterPanel } from '../clusters/tokens';
import type { PanelModel } from '../panel/model';
import { showSiteCheck } from '../panel/sitecheck/dialog';
import { confirmCancelOrphans } from './dialogs';
import { forCluster } from './forcluster';
import { addToPalette, notifyOfSite } from './palette';

export interface IPanelCommandsOptions {
  commands: CommandRegistry;
  manager: IClusterManager;
  model: PanelModel;
  panel: IClusterPanel;
  palette: ICommandPalette | null;
  trans: TranslationBundle;
}

export function addPanelCommands(options: IPanelCommandsOptions): void {
  const { commands, manager, model, panel, palette, trans } = options;

  commands.addCommand(CommandIDs.showPanel, {
    label: trans.__('Show Dask Clusters'),
    icon: clusterIcon,
    execute: async () => {
      // The palette gives the focus back to the document after a command has started.
      await Promise.resolve();
      panel.show();
    }
  });

  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh Dask Clusters'),
    icon: args => (args.isPalette ? undefined : refreshIcon),
    execute: async () => {
      await Promise.all([manager.refresh(), model.orphans.refreshQuietly()]);
    }
  });

  commands.addCommand(CommandIDs.checkSite, {
    label: args =>
      args.isPalette
        ? trans.__('Check This Site for Dask Clusters…')
        : trans.__('Check This Site…'),
    caption: trans.__('Look at all that a Dask cluster needs of this site, and how to repair it'),
    icon: args => (args.isPalette ? undefined : checkIcon),
    isEnabled: () => !manager.site?.read_only,
    execute: () => showSiteCheck(manager, trans)
  });
  notifyOfSite(CommandIDs.checkSite, commands, manager);

  forCluster({ commands, manager, trans })(
    CommandIDs.rename,
    trans.__('Rename…'),
    ({ status }) => !manager.site?.read_only && status !== 'failed' && status !== 'stopping',
    cluster => {
      panel.show();
      model.renaming = cluster.id;
    }
  );

  commands.addCommand(CommandIDs.cancelOrphans, {
    label: trans.__('Cancel Leftover Dask Jobs…'),
    isEnabled: () => !manager.site?.read_only && model.orphans.jobs > 0,
    execute: async ({ id }) => {
      const clusterId = typeof id === 'string' ? id : null;
      const meant = model.orphans.list.filter(
        orphan => clusterId === null || orphan.cluster_id === clusterId
      );
      if (meant.length > 0 && (await confirmCancelOrphans(meant, trans))) {
        await model.orphans.cancel(clusterId);
      }
    }
  });
  model.orphans.changed.connect(() => commands.notifyCommandChanged(CommandIDs.cancelOrphans));

  addToPalette(palette, trans, [
    CommandIDs.showPanel,
    CommandIDs.refresh,
    CommandIDs.checkSite,
    CommandIDs.cancelOrphans
  ]);
}
