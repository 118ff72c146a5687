/** Keeps the keyboard focus in a part of the page whose elements come and go. */

import { Disposable } from '../base/observable';

/**
 * A pressed button is often removed or disabled a moment later, because its cluster is stopped or its
 * problem solved. The browser would then move the focus to the top of the page. Instead, it moves to
 * the nearest place: the next of the same kind (such as the next card), or the one around it. A place
 * is an element with a `tabindex`.
 */
export class FocusKeeper extends Disposable {
  /** `root` is the outermost place. */
  constructor(private readonly _root: HTMLElement) {
    super();
    this._root.addEventListener('focusin', this);
    this._root.addEventListener('focusout', this);
    this._observer = new MutationObserver(changes => this._onChanges(changes));
    this._observer.observe(this._root, {
      subtree: true,
      childList: true,
      attributeFilter: ['disabled']
    });
  }

  protected override onDispose(): void {
    this._observer.disconnect();
    this._root.removeEventListener('focusin', this);
    this._root.removeEventListener('focusout', this);
    this._focused = null;
    this._waiting = null;
  }

  handleEvent(event: FocusEvent): void {
    if (event.type === 'focusin') {
      this._focused = event.target as HTMLElement;
      return;
    }
    const left = event.target as HTMLElement;
    if (event.relatedTarget !== null) {
      this._focused = null; // Moved elsewhere. Within the root, focusin follows.
      return;
    }
    // Moved nowhere: by a click on the background, or because the element is being removed.
    queueMicrotask(() => {
      if (left === this._focused && isUsable(left) && document.activeElement !== left) {
        this._focused = null;
      }
    });
  }

  private _onChanges(changes: MutationRecord[]): void {
    const { _focused: lost, _waiting: waiting } = this;
    if (waiting !== null && document.activeElement !== waiting.at) {
      this._waiting = null; // The user has moved on meanwhile.
    } else if (waiting !== null && isUsable(waiting.lost)) {
      this._waiting = null;
      waiting.lost.focus({ preventScroll: true });
      return;
    }
    if (lost === null || isUsable(lost) || !isNowhere(lost)) {
      return;
    }
    const at = this._nearest(lost, changes);
    at.focus({ preventScroll: true });
    // A disabled element comes back once it is no longer busy.
    this._waiting = lost.isConnected ? { lost, at } : null;
  }

  private _nearest(lost: HTMLElement, changes: MutationRecord[]): HTMLElement {
    const removal = changes.find(({ removedNodes }) =>
      Array.from(removedNodes).some(node => node.contains(lost))
    );
    if (removal === undefined) {
      return placeAround(lost) ?? this._root;
    }
    const next = elementFrom(removal.nextSibling, 'nextSibling');
    const previous = elementFrom(removal.previousSibling, 'previousSibling');
    for (const neighbour of [next, previous]) {
      if (isPlace(neighbour)) {
        return neighbour;
      }
    }
    const around = placeAround(removal.target);
    return around !== null && around.isConnected ? around : this._root;
  }

  private readonly _observer: MutationObserver;
  private _focused: HTMLElement | null = null;
  /** A disabled element, and the element that has the focus meanwhile. */
  private _waiting: { lost: HTMLElement; at: HTMLElement } | null = null;
}

function isUsable(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(':disabled');
}

/** Whether no other element has taken the focus of `lost`. */
function isNowhere(lost: HTMLElement): boolean {
  const { activeElement, body } = document;
  return activeElement === null || activeElement === body || activeElement === lost;
}

function elementFrom(
  node: Node | null,
  onwards: 'nextSibling' | 'previousSibling'
): Element | null {
  while (node !== null && !(node instanceof Element)) {
    node = node[onwards];
  }
  return node;
}

function isPlace(node: Node | null): node is HTMLElement {
  return node instanceof HTMLElement && node.isConnected && node.hasAttribute('tabindex');
}

function placeAround(node: Node): HTMLElement | null {
  const element = node instanceof Element ? node : node.parentElement;
  return element?.closest<HTMLElement>('[tabindex]:not(:disabled)') ?? null;
}
