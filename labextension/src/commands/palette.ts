/** The commands in the palette. */

import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

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
