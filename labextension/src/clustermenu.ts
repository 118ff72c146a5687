/** The menu behind the three dots of a card. */

import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { CommandIDs } from './commandids';
import type { ICluster } from './restapi';

/** Open the menu of a cluster below its button. Gone once it is closed. */
export function openClusterMenu(
  button: HTMLElement,
  cluster: ICluster,
  commands: CommandRegistry
): void {
  const menu = new Menu({ commands });
  menu.addClass('jp-DaskSlurm-menu');
  const args = { id: cluster.id };
  const add = (command: string): void => {
    menu.addItem({ command, args });
  };
  add(CommandIDs.rename);
  add(CommandIDs.copyClient);
  add(CommandIDs.showLog);
  menu.addItem({ type: 'separator' });
  if (cluster.status === 'failed') {
    add(CommandIDs.forget);
  } else {
    add(CommandIDs.stop);
    add(CommandIDs.forceStop);
  }
  menu.aboutToClose.connect(() => {
    button.focus();
    // The command of the chosen item is still to run.
    setTimeout(() => menu.dispose(), 0);
  });
  const place = button.getBoundingClientRect();
  menu.open(place.left, place.bottom);
}
