/** Which rows of a table are in sight. All have the same height, so that none has to be measured. */

import * as React from 'react';

import { ROW_HEIGHT } from './row';

/** Rows that are drawn above and below those in sight. */
const OVERSCAN = 4;

export interface IRowWindow {
  /** The indices of the rows to draw, each at the place of its element: that is used again and again. */
  slots: readonly number[];
  /** Bring a row into sight. */
  reveal: (index: number) => void;
}

/** Follow the scrolling and the size of an element that has `count` rows below a header of the same height. */
export function useRowWindow(
  scroller: React.RefObject<HTMLElement | null>,
  count: number
): IRowWindow {
  const [height, setHeight] = React.useState(0);
  React.useLayoutEffect(() => {
    const node = scroller.current;
    if (node === null) {
      return;
    }
    const measure = (): void => setHeight(node.offsetHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    return () => observer.disconnect();
  }, [scroller]);

  const subscribe = React.useCallback(
    (onScroll: () => void) => {
      const node = scroller.current;
      node?.addEventListener('scroll', onScroll, { passive: true });
      return () => node?.removeEventListener('scroll', onScroll);
    },
    [scroller]
  );
  // Drawn before the next frame, and only if another row is at the top.
  const top = React.useSyncExternalStore(subscribe, () =>
    Math.floor((scroller.current?.scrollTop ?? 0) / ROW_HEIGHT)
  );

  const size = height === 0 ? 0 : Math.ceil(height / ROW_HEIGHT) + 1 + 2 * OVERSCAN;
  const first = Math.max(0, Math.min(top - OVERSCAN, count - size));
  const slots = React.useMemo(() => slotsOf(first, size, count), [first, size, count]);

  const reveal = React.useCallback(
    (index: number) => {
      const node = scroller.current;
      if (node === null) {
        return;
      }
      const least = (index + 2) * ROW_HEIGHT - node.clientHeight;
      node.scrollTop = Math.min(index * ROW_HEIGHT, Math.max(least, node.scrollTop));
    },
    [scroller]
  );
  return { slots, reveal };
}

/**
 * Return the rows from `first` on that `size` elements show, by element. A row has the same element
 * while it is in the window; the elements of the rows that leave it show those that come.
 */
export function slotsOf(first: number, size: number, count: number): number[] {
  const slots: number[] = [];
  for (let index = first; index < Math.min(first + size, count); index++) {
    slots[index % size] = index;
  }
  return slots;
}
