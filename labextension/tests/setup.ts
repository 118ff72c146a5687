/** What jsdom lacks and JupyterLab's modules ask for when they are loaded or drawn. */

import { configure } from '@testing-library/react';

// Only what never comes is to fail: a busy machine may take seconds.
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
