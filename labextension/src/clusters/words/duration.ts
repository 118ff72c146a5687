/**
 * Times as users type them: "90 s", "30 min", "1 h 30 min", or Slurm's "1:30" and "1-12:00:00". Pure.
 *
 * The server reads the same texts (`model/durations.py`); one table tests both.
 */

import type { TranslationBundle } from '@jupyterlab/translation';

import { formatNumber } from './format';

const UNIT_WORDS: readonly (readonly [pattern: RegExp, seconds: number])[] = [
  [/^(s|sec|secs|second|seconds)$/, 1],
  [/^(m|min|mins|minute|minutes)$/, 60],
  [/^(h|hr|hrs|hour|hours)$/, 3600],
  [/^(d|day|days)$/, 86_400],
  [/^(w|week|weeks)$/, 604_800]
];

/**
 * Parse a time into seconds; null for anything else. `bare` is what a number without a unit counts:
 * seconds, or the minutes of a walltime, which are whole as Slurm has them.
 */
export function parseDuration(text: string, bare: 1 | 60 = 1): number | null {
  const words = text.trim().split(/\s+/).join(' ').toLowerCase();
  const isNumber = bare === 1 ? /^\d+(\.\d*)?$/ : /^\d+$/;
  const seconds = isNumber.test(words)
    ? Number(words) * bare
    : (withUnits(words) ?? inSlurmsForm(words));
  return seconds !== null && Number.isSafeInteger(Math.floor(seconds)) ? Math.floor(seconds) : null;
}

/** Parse "1 h 30 min". */
function withUnits(words: string): number | null {
  if (!/^(\d+(\.\d*)? ?[a-z]+ ?)+$/.test(words)) {
    return null;
  }
  let seconds = 0;
  for (const [, number, word] of words.matchAll(/(\d+(?:\.\d*)?) ?([a-z]+)/g)) {
    const unit = UNIT_WORDS.find(([pattern]) => pattern.test(word));
    if (unit === undefined) {
      return null;
    }
    seconds += Number(number) * unit[1];
  }
  return seconds;
}

/** Parse "M:S", "H:M:S", "D-H", "D-H:M" or "D-H:M:S". */
function inSlurmsForm(words: string): number | null {
  const withDays = /^(\d+)-(\d+)(?::(\d+)(?::(\d+))?)?$/.exec(words);
  const match = withDays ?? /^()(?:(\d+):)?(\d+):(\d+)$/.exec(words);
  if (match === null) {
    return null;
  }
  const [days, hours, minutes, seconds] = match.slice(1).map(part => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

const SIZES = { d: 86_400, h: 3600, min: 60, s: 1 } as const;

/** Return the parts of a time, without those that are 0. */
function partsOf(seconds: number): [unit: keyof typeof SIZES, count: number][] {
  let rest = seconds;
  return (['d', 'h', 'min', 's'] as const)
    .map((unit): [typeof unit, number] => {
      const count = Math.floor(rest / SIZES[unit]);
      rest -= count * SIZES[unit];
      return [unit, count];
    })
    .filter(([, count]) => count > 0);
}

/** Write seconds exactly, as they can be typed: "8 h", "1 h 30 min", "45 s", "0". */
export function durationText(seconds: number): string {
  return (
    partsOf(seconds)
      .map(([unit, count]) => `${count} ${unit}`)
      .join(' ') || '0'
  );
}

/** Write seconds exactly, for reading: "1 h 30 min". */
export function exactDuration(seconds: number, trans: TranslationBundle): string {
  const written = {
    d: (count: string) => trans.__('%1 d', count),
    h: (count: string) => trans.__('%1 h', count),
    min: (count: string) => trans.__('%1 min', count),
    s: (count: string) => trans.__('%1 s', count)
  };
  return (
    partsOf(seconds)
      .map(([unit, count]) => written[unit](formatNumber(count)))
      .join(' ') || trans.__('%1 s', 0)
  );
}

/** Return what a text was understood as: "1 min 30 s" for "1:30"; empty if it says just that. */
export function durationEcho(
  text: string,
  seconds: number,
  trans: TranslationBundle,
  zeroIsNever = false
): string {
  const words = seconds === 0 && zeroIsNever ? trans.__('never') : exactDuration(seconds, trans);
  return words === text.trim() ? '' : words;
}
