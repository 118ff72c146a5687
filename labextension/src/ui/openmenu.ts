/** Opens a menu that is used once. */

import type { Menu } from '@lumino/widgets';

/** Open a menu below its button, which gets the focus back, or at a position. Disposed of when closed. */
export function openMenu(
  menu: Menu,
  button: HTMLElement | null,
  at?: { x: number; y: number }
): void {
  menu.aboutToClose.connect(() => {
    button?.focus();
    // The command of the chosen item still has to run.
    setTimeout(() => menu.dispose(), 0);
  });
  const place = button?.getBoundingClientRect();
  menu.open(at?.x ?? place?.left ?? 0, at?.y ?? place?.bottom ?? 0);
}
