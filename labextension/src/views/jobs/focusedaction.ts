/** Keeps the focus on a button of the active row, whichever element that row has. */

import * as React from 'react';

/**
 * After a sort, or when jobs end, the active row has another element. Its button gets the focus again
 * that the same button of the former had. Once the row is out of sight, the table has the focus.
 */
export function useFocusedAction(
  scroller: React.RefObject<HTMLElement | null>,
  active: string | null
): void {
  const held = React.useRef<string | null>(null);
  React.useEffect(() => {
    const node = scroller.current;
    // Not told of elements that are removed: then `held` stays.
    const onFocus = (event: FocusEvent): void => {
      const { dataset } = event.target as HTMLElement;
      held.current = dataset.action ?? null;
    };
    const onLeave = (event: FocusEvent): void => {
      if (event.relatedTarget !== null && !node?.contains(event.relatedTarget as Node)) {
        held.current = null;
      }
    };
    node?.addEventListener('focusin', onFocus);
    node?.addEventListener('focusout', onLeave);
    return () => {
      node?.removeEventListener('focusin', onFocus);
      node?.removeEventListener('focusout', onLeave);
    };
  }, [scroller]);

  React.useLayoutEffect(() => {
    const node = scroller.current;
    const { activeElement, body } = document;
    if (held.current === null || active === null || node === null) {
      return;
    }
    if (activeElement !== body && activeElement !== node && !node.contains(activeElement)) {
      held.current = null; // The user has gone on.
      return;
    }
    const row = node.querySelector('[aria-selected="true"]');
    const button = row?.querySelector<HTMLElement>(`[data-action="${held.current}"]`);
    if (button === activeElement) {
      return;
    }
    (button ?? node).focus({ preventScroll: true });
  });
}
