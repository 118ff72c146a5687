/** Durations with units, as users type them: "90 s", "30 min", "8 h", "1 d 4 h". Pure. */

const UNIT_WORDS: readonly (readonly [pattern: RegExp, seconds: number])[] = [
  [/^(s|sec|secs|second|seconds)$/, 1],
  [/^(m|min|mins|minute|minutes)$/, 60],
  [/^(h|hr|hrs|hour|hours)$/, 3600],
  [/^(d|day|days)$/, 86_400],
  [/^(w|week|weeks)$/, 604_800]
];

/**
 * Parse "8 h", "1 h 30 min" or "0" into seconds; null for anything else. A bare number is ambiguous:
 * it could be minutes or seconds.
 */
export function parseDuration(text: string): number | null {
  const rest = text.trim().toLowerCase();
  if (/^0+$/.test(rest)) {
    return 0;
  }
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(rest)) {
    return null;
  }
  let seconds = 0;
  for (const [, number, word] of rest.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const unit = UNIT_WORDS.find(([pattern]) => pattern.test(word));
    if (unit === undefined) {
      return null;
    }
    seconds += Number(number) * unit[1];
  }
  return Math.round(seconds);
}

/** Format seconds exactly: "8 h", "1 h 30 min", "45 s", "0". */
export function durationText(seconds: number): string {
  let rest = seconds;
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1]
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) {
      parts.push(`${count} ${unit}`);
    }
  }
  return parts.join(' ') || '0';
}
