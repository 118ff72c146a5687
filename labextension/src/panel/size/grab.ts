/** A slider in the hand: from the press on, wherever the hand lets go. */

import type * as React from 'react';

import type { ScaleModel } from './model';

export function grabOf(model: ScaleModel): (event: React.PointerEvent) => void {
  return event => {
    if (event.button !== 0) {
      return;
    }
    model.grab();
    // The hand may let go anywhere, also outside of the panel.
    const release = (): void => {
      window.removeEventListener('pointerup', release);
      window.removeEventListener('pointercancel', release);
      model.release();
    };
    window.addEventListener('pointerup', release);
    window.addEventListener('pointercancel', release);
  };
}
