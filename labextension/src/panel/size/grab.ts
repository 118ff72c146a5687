/** Starts and ends the dragging of a slider, wherever the pointer is released. */

import type * as React from 'react';

import type { ScaleModel } from './model';

export function grabOf(model: ScaleModel): (event: React.PointerEvent) => void {
  return event => {
    if (event.button !== 0) {
      return;
    }
    model.grab();
    // The pointer may be released anywhere, also outside of the panel.
    const release = (): void => {
      window.removeEventListener('pointerup', release);
      window.removeEventListener('pointercancel', release);
      model.release();
    };
    window.addEventListener('pointerup', release);
    window.addEventListener('pointercancel', release);
  };
}
