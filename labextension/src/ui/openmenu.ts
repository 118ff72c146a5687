/** Opens a menu that is made for one use. */

import type { Menu } from '@lumino/widgets';

/** Below its button, to which the focus goes back, or at a place. The menu is gone once it is closed. */
export function openMenu(
  menu: Menu,
  button: HTMLElement | null,
  at?: { x: number; y: number }
): void {
  menu.aboutToClose.connect(() => {
    button?.focus();
    // The command of the chosen item is still to run.
    setTimeout(() => menu.dispose(), 0);
  });
  const place = button?.getBoundingClientRect();
  menu.open(at?.x ?? place?.left ?? 0, at?.y ?? place?.bottom ?? 0);
}
