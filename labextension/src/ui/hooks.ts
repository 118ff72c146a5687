/** Hooks for components that follow a signal, the clock, or an action of the user. */

import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { errorWords } from '../api/errorwords';
import { secondsUntil } from '../clusters/words/format';

/** Render again whenever the signal is emitted. */
export function useSignal<S, A>(signal: ISignal<S, A>): void {
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const slot = (): void => draw();
    signal.connect(slot);
    draw(); // The signal may have been emitted between rendering and connecting.
    return () => {
      signal.disconnect(slot);
    };
  }, [signal]);
}

/** Milliseconds between updates of a text such as "in 18 min". */
const COARSE = 30_000;

/** Return the time in milliseconds, and render again every `interval`. */
export function useNow(interval = COARSE): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval]);
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
