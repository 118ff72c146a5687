/** Hooks for components that follow a signal, the clock, or an action of the user's. */

import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { errorWords } from '../api/errorwords';
import { secondsUntil } from '../clusters/words/format';

/** Draw again whenever the signal is emitted. */
export function useSignal<S, A>(signal: ISignal<S, A>): void {
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const slot = (): void => draw();
    signal.connect(slot);
    draw(); // What happened between drawing and connecting.
    return () => {
      signal.disconnect(slot);
    };
  }, [signal]);
}

/** How often a text such as "in 18 min" is drawn again; milliseconds. */
const COARSE = 30_000;

/** The time in milliseconds, and a new one every `interval`, for texts such as "in 18 min". */
export function useNow(interval = COARSE): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval]);
  return now;
}

/** Seconds until an instant, by the second once fewer than `fine` are left; null for no instant. */
export function useTimeLeft(instant: string | null | undefined, fine: number): number | null {
  // Not of the last tick: an instant that has just come would be further away than it is.
  const left = secondsUntil(instant, Date.now());
  useNow(left !== null && left <= fine + COARSE / 1000 ? 1000 : COARSE);
  return left;
}

/** Something the user asks for with a button: whether it is under way, and why it did not work. */
export interface IAction {
  busy: boolean;
  error: string | null;
  run: () => Promise<void>;
}

/** An action of one button: pressed twice it is still asked for once. */
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
