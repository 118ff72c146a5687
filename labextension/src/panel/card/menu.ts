/** The menu of a card. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Menu } from '@lumino/widgets';
import type * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { CommandIDs } from '../../clusters/commandids';
import { IDLE_TIMEOUTS } from '../../clusters/ends';
import { canRetry } from '../../clusters/words/problems';
import { openMenu } from '../../ui/openmenu';

/** Return the commands of the menu; null is a separator. */
export function menuCommands(cluster: ICluster): (string | null)[] {
  const { status } = cluster;
  return [
    // A dismissed problem no longer has a button of its own.
    ...(canRetry(cluster) ? [CommandIDs.retry] : []),
    ...(status === 'failed' ? [CommandIDs.startAgain] : []),
    CommandIDs.change,
    CommandIDs.rename,
    CommandIDs.copyClient,
    CommandIDs.openJobs,
    CommandIDs.showLog,
    null,
    status === 'failed' ? CommandIDs.forget : CommandIDs.stop,
    CommandIDs.forceStop
  ];
}

/** Open the menu of a cluster below its button, or at a position. */
export function openClusterMenu(
  button: HTMLElement | null,
  cluster: ICluster,
  commands: CommandRegistry,
  trans: TranslationBundle,
  at?: { x: number; y: number }
): void {
  const menu = new MenuSvg({ commands });
  menu.addClass('jp-DaskSlurm-menu');
  const args = { id: cluster.id };
  for (const command of menuCommands(cluster)) {
    menu.addItem(command === null ? { type: 'separator' } : { command, args });
    if (command === CommandIDs.rename && cluster.status !== 'failed') {
      const submenu = idleMenu(cluster, commands, trans);
      menu.addItem({ type: 'submenu', submenu });
      menu.disposed.connect(() => submenu.dispose());
    }
  }
  openMenu(menu, button, at);
}

/**
 * Open the menu by a right click on a card, or by the menu key. A text field keeps the browser's menu,
 * which has "Paste"; with Shift it is the browser's everywhere, as in the rest of JupyterLab.
 */
export function openContextMenu(
  event: React.MouseEvent<HTMLElement>,
  cluster: ICluster,
  commands: CommandRegistry,
  trans: TranslationBundle
): void {
  const target = event.target as HTMLElement;
  if (event.shiftKey || target.closest('input:not([type="range"], [type="radio"]), textarea')) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  const focused = document.activeElement;
  const button = event.currentTarget.contains(focused) ? (focused as HTMLElement) : null;
  openClusterMenu(button, cluster, commands, trans, { x: event.clientX, y: event.clientY });
}

/** Return the submenu for the idle time-out. */
function idleMenu(cluster: ICluster, commands: CommandRegistry, trans: TranslationBundle): Menu {
  const menu = new MenuSvg({ commands });
  menu.addClass('jp-DaskSlurm-menu');
  menu.title.label = trans.__('Idle Time-out');
  const command = CommandIDs.idleTimeout;
  for (const seconds of IDLE_TIMEOUTS) {
    menu.addItem({ command, args: { id: cluster.id, seconds } });
  }
  menu.addItem({ command, args: { id: cluster.id } });
  return menu;
}
