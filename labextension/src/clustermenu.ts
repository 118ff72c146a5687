/** The menu behind the three dots of a card. */

import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { CommandIDs } from './commandids';
import type { ICluster } from './restapi';

/** What the menu of a cluster offers; null is a line between. */
export function menuCommands(cluster: ICluster): (string | null)[] {
  const { status, problems } = cluster;
  return [
    // A problem that was dismissed has no button of its own any longer.
    ...(status === 'running' && problems.length > 0 ? [CommandIDs.retry] : []),
    CommandIDs.rename,
    CommandIDs.copyClient,
    CommandIDs.showLog,
    null,
    status === 'failed' ? CommandIDs.forget : CommandIDs.stop,
    CommandIDs.forceStop
  ];
}

/** Open the menu of a cluster below its button. Gone once it is closed. */
export function openClusterMenu(
  button: HTMLElement,
  cluster: ICluster,
  commands: CommandRegistry
): void {
  const menu = new Menu({ commands });
  menu.addClass('jp-DaskSlurm-menu');
  const args = { id: cluster.id };
  for (const command of menuCommands(cluster)) {
    menu.addItem(command === null ? { type: 'separator' } : { command, args });
  }
  menu.aboutToClose.connect(() => {
    button.focus();
    // The command of the chosen item is still to run.
    setTimeout(() => menu.dispose(), 0);
  });
  const place = button.getBoundingClientRect();
  menu.open(place.left, place.bottom);
}
