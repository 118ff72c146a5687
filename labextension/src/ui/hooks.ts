/** Hooks for components that follow a signal, the clock, or an action of the user. */

import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { errorWords } from '../api/errorwords';
import { secondsUntil } from '../clusters/words/format';
import { ShownContext } from './shown';

/** How often each signal was emitted since it was looked at first. */
const emissions = new WeakMap<object, { count: number }>();

function emissionsOf<S, A>(signal: ISignal<S, A>): { count: number } {
  let known = emissions.get(signal);
  if (known === undefined) {
    const counter = (known = { count: 0 });
    signal.connect(() => void counter.count++);
    emissions.set(signal, counter);
  }
  return known;
}

/** Render again whenever the signal is emitted; while it is not visible, once it is. */
export function useSignal<S, A>(signal: ISignal<S, A>): void {
  const shown = React.useContext(ShownContext);
  const drawn = React.useRef(0);
  const subscribe = React.useCallback(
    (onChange: () => void) => {
      signal.connect(onChange);
      shown?.changed.connect(onChange);
      return () => {
        signal.disconnect(onChange);
        shown?.changed.disconnect(onChange);
      };
    },
    [signal, shown]
  );
  // The count, not the emission: between rendering and subscribing, none is lost.
  React.useSyncExternalStore(subscribe, () => {
    const { count } = emissionsOf(signal);
    if (shown?.isShown !== false) {
      drawn.current = count;
    }
    return drawn.current;
  });
}

/** Milliseconds between updates of a text such as "in 18 min". */
const COARSE = 30_000;

/** Return the time in milliseconds, and render again every `interval` while that is visible. */
export function useNow(interval = COARSE): number {
  const shown = React.useContext(ShownContext);
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    const tick = (): void => {
      if (shown?.isShown !== false) {
        setNow(Date.now());
      }
    };
    const timer = setInterval(tick, interval);
    shown?.changed.connect(tick);
    return () => {
      clearInterval(timer);
      shown?.changed.disconnect(tick);
    };
  }, [interval, shown]);
  return now;
}

/** Return the seconds until an instant, every second once fewer than `fine` are left; null for none. */
export function useTimeLeft(instant: string | null | undefined, fine: number): number | null {
  // Not from the last tick: an instant that has just arrived would be too far away.
  const left = secondsUntil(instant, Date.now());
  useNow(left !== null && left <= fine + COARSE / 1000 ? 1000 : COARSE);
  return left;
}

/** An action of a button: whether it is running, and why it failed. */
export interface IAction {
  busy: boolean;
  error: string | null;
  run: () => Promise<void>;
}

/** Return an action that is not started again while it is running. */
export function useAction(act: () => Promise<unknown>): IAction {
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<string | null>(null);
  const run = async (): Promise<void> => {
    if (busy) {
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (reason) {
      setError(errorWords(reason));
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
