/** The commands in the palette, and telling it that what they depend on has changed. */

import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IClusterManager } from '../clusters/tokens';

/** Add commands to the palette's category of this extension, where there is a palette. */
export function addToPalette(
  palette: ICommandPalette | null,
  trans: TranslationBundle,
  commands: readonly string[]
): void {
  const category = trans.__('Dask');
  for (const command of commands) {
    palette?.addItem({ command, category, args: { isPalette: true } });
  }
}

/** Tell of a command that depends on the site alone, when the site says something else. */
export function notifyOfSite(
  command: string,
  commands: CommandRegistry,
  manager: IClusterManager
): void {
  // It is another object then.
  let { site } = manager;
  manager.changed.connect(() => {
    if (site !== manager.site) {
      ({ site } = manager);
      commands.notifyCommandChanged(command);
    }
  });
}
