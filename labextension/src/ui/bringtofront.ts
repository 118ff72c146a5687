/** Brings a widget of the shell to the front. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';

/**
 * Show a widget that the shell has, and give it the focus. One that is shown is not activated by its
 * id: Notebook 7 closes the sidebar of such a widget.
 */
export function bringToFront(
  widget: Widget,
  shell: Pick<JupyterFrontEnd.IShell, 'activateById'>
): void {
  if (widget.isVisible) {
    widget.activate();
  } else {
    shell.activateById(widget.id);
  }
}
