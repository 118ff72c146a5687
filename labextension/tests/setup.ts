/** Supplies what JupyterLab's modules need and jsdom does not have. */

import { configure } from '@testing-library/react';

// Milliseconds to wait for what should come: a busy machine may take seconds.
configure({ asyncUtilTimeout: 30_000 });

class FakeDragEvent extends MouseEvent {}
class FakePointerEvent extends MouseEvent {}

window.DragEvent ??= FakeDragEvent as unknown as typeof DragEvent;
window.PointerEvent ??= FakePointerEvent as unknown as typeof PointerEvent;
window.requestIdleCallback ??= callback =>
  setTimeout(
    () => callback({ didTimeout: false, timeRemaining: () => 50 }),
    0
  ) as unknown as number;
window.ResizeObserver ??= class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};
Element.prototype.scrollTo ??= () => undefined;
Element.prototype.scrollIntoView ??= () => undefined;
window.matchMedia ??= query =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined
  }) as unknown as MediaQueryList;
