/** Formats and parses numbers, sizes and times. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { currentLanguage } from '../../base/language';

const POWERS = ['', 'k', 'M', 'G', 'T', 'P'];

/** The units of sizes, by their power. */
const DECIMAL: readonly Written[] = [
  (trans, size) => trans.__('%1 B', size),
  (trans, size) => trans.__('%1 kB', size),
  (trans, size) => trans.__('%1 MB', size),
  (trans, size) => trans.__('%1 GB', size),
  (trans, size) => trans.__('%1 TB', size),
  (trans, size) => trans.__('%1 PB', size)
];
const BINARY: readonly Written[] = [
  DECIMAL[0],
  (trans, size) => trans.__('%1 kiB', size),
  (trans, size) => trans.__('%1 MiB', size),
  (trans, size) => trans.__('%1 GiB', size),
  (trans, size) => trans.__('%1 TiB', size),
  (trans, size) => trans.__('%1 PiB', size)
];

type Written = (trans: TranslationBundle, size: string) => string;

/**
 * Format a size: "80 GB"; "16 GiB" if it is round in binary units only, as memory in GiB is.
 *
 * With at most one decimal below 100, and none above. What is used of a size is in units of its kind: `whole`.
 */
export function formatBytes(bytes: number, trans: TranslationBundle, whole = bytes): string {
  const binary = isBinarySize(whole);
  const base = binary ? 1024 : 1000;
  let power = 0;
  while (power < POWERS.length - 1 && rounded(bytes / base ** power) >= base) {
    power++;
  }
  return (binary ? BINARY : DECIMAL)[power](trans, formatNumber(rounded(bytes / base ** power)));
}

/** Return the same size in the other kind of units: "14.9 GiB" for 16 GB. */
export function formatOther(bytes: number, trans: TranslationBundle): string {
  const binary = isBinarySize(bytes);
  const base = binary ? 1000 : 1024;
  const power = bytes >= base ** 3 ? 3 : 2;
  return (binary ? DECIMAL : BINARY)[power](trans, formatNumber(rounded(bytes / base ** power)));
}

/** Return "41 of 64 GB": both in the unit of the whole. */
export function formatPart(part: number, whole: number, trans: TranslationBundle): string {
  const binary = isBinarySize(whole);
  const base = binary ? 1024 : 1000;
  let power = 0;
  while (power < POWERS.length - 1 && rounded(whole / base ** power) >= base) {
    power++;
  }
  const size = part / base ** power;
  const used = formatNumber(size < 10 ? rounded(size) : Math.round(size));
  return trans.__('%1 of %2', used, formatBytes(whole, trans));
}

/** Whether a size is round in binary units but not in decimal ones. */
export function isBinarySize(bytes: number): boolean {
  return bytes >= 1024 ** 2 && bytes % 1024 ** 2 === 0 && bytes % 1000 ** 2 !== 0;
}

function rounded(value: number): number {
  return value < 100 ? Math.round(value * 10) / 10 : Math.round(value);
}

/**
 * Write a number as the language does, the digits of large ones in groups: 5000 stays, 12500 becomes 12 500 with a
 * thin space, which no language takes for a decimal point.
 */
export function formatNumber(value: number): string {
  return kept('number', () => new Intl.NumberFormat(currentLanguage()))
    .formatToParts(value)
    .map(part => (part.type !== 'group' ? part.value : Math.abs(value) < 10_000 ? '' : '\u202f'))
    .join('');
}

/** Write a list as the language does: "60 cores, 80 GB, 20 workers"; a long one is "2 running and 3 waiting jobs". */
export function formatList(parts: readonly string[], style: 'narrow' | 'long' = 'narrow'): string {
  return kept(
    `${style} list`,
    () => new Intl.ListFormat(currentLanguage(), { type: 'conjunction', style })
  ).format(parts);
}

/** "1 core", "12 500 cores". */
export function coresText(count: number, trans: TranslationBundle): string {
  return trans._n('%2 core', '%2 cores', count, formatNumber(count));
}

/** "1 job", "5 jobs". */
export function jobsText(count: number, trans: TranslationBundle): string {
  return trans._n('%2 job', '%2 jobs', count, formatNumber(count));
}

/** "1 worker", "20 workers". */
export function workersText(count: number, trans: TranslationBundle): string {
  return trans._n('%2 worker', '%2 workers', count, formatNumber(count));
}

/** Parse a whole number, 0 or more; null for anything but digits. */
export function parseWholeNumber(text: string): number | null {
  const digits = text.trim();
  return /^\d+$/.test(digits) ? Number(digits) : null;
}

const FACTORS: Record<string, number> = { '': 1, b: 1 };
for (const [power, letter] of POWERS.entries()) {
  if (power > 0) {
    FACTORS[letter.toLowerCase()] = 1000 ** power;
    FACTORS[`${letter.toLowerCase()}b`] = 1000 ** power;
    FACTORS[`${letter.toLowerCase()}i`] = 1024 ** power;
    FACTORS[`${letter.toLowerCase()}ib`] = 1024 ** power;
  }
}

/**
 * Parse a size: "200 GB", "16GiB", or a bare "200" if there is a unit to assume; null for anything
 * else. Units are those of dask: "GB" is 1e9. The server reads the same texts (`model/units.py`); one table tests
 * both. (A unit alone, which dask reads as one of it, is none here: it is being typed.)
 */
export function parseBytes(text: string, assume = ''): number | null {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)$/i.exec(text.trim());
  if (!match) {
    return null;
  }
  const factor = FACTORS[(match[2] || assume).toLowerCase()];
  return factor === undefined ? null : Math.floor(Number(match[1]) * factor);
}

/**
 * Return the size that somebody may have meant by a number without a unit, which are bytes: "16 GB" for
 * "16", or the megabytes that Slurm means. Null if that is a size of its own.
 */
export function withUnit(text: string): string | null {
  const number = text.trim();
  if (!/^\d+(\.\d*)?$/.test(number) || Number(number) === 0 || Number(number) >= 1024 ** 2) {
    return null;
  }
  return `${number} ${Number(number) < 1024 ? 'GB' : 'MB'}`;
}

/** "45 s", "18 min", "2 h 05 min", "1 d 4 h". */
export function formatDuration(seconds: number, trans: TranslationBundle): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 90) {
    return trans.__('%1 s', total);
  }
  const minutes = Math.round(total / 60);
  if (minutes < 60) {
    return trans.__('%1 min', minutes);
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    const rest = minutes % 60;
    return rest === 0 ? trans.__('%1 h', hours) : trans.__('%1 h %2 min', hours, twoDigits(rest));
  }
  const days = formatNumber(Math.floor(hours / 24));
  return hours % 24 === 0 ? trans.__('%1 d', days) : trans.__('%1 d %2 h', days, hours % 24);
}

/** Format an age for a glance: "12 min", "3 h", "2 d". */
export function formatLasting(seconds: number, trans: TranslationBundle): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 60) {
    return trans.__('%1 min', minutes);
  }
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? trans.__('%1 h', hours)
    : trans.__('%1 d', formatNumber(Math.floor(hours / 24)));
}

/** Format core seconds in hours: "7.4", "< 0.1"; without decimals from 100 on. */
export function formatCoreHours(coreSeconds: number): string {
  const hours = coreSeconds / 3600;
  return hours < 0.1 ? `< ${formatNumber(0.1)}` : formatNumber(rounded(hours));
}

/** Format a countdown: "45 s", "7 min 20 s"; from an hour on "1 h 05 min". */
export function formatCountdown(seconds: number, trans: TranslationBundle): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60 || total >= 3600) {
    return formatDuration(total, trans);
  }
  const minutes = Math.floor(total / 60);
  const rest = total % 60;
  return rest === 0
    ? trans.__('%1 min', minutes)
    : trans.__('%1 min %2 s', minutes, twoDigits(rest));
}

const twoDigits = (n: number): string => String(n).padStart(2, '0');

/** Format a walltime as Slurm does: "00:30:00", "2-00:00:00". */
export function formatWalltime(seconds: number): string {
  const two = twoDigits;
  const days = Math.floor(seconds / 86_400);
  const time = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;
  return days > 0 ? `${days}-${time}` : time;
}

/** Return the seconds from `now` (milliseconds since the epoch) to an instant; null if it is none. */
export function secondsUntil(instant: string | null | undefined, now: number): number | null {
  const time = instant ? Date.parse(instant) : NaN;
  return Number.isNaN(time) ? null : (time - now) / 1000;
}

/** Return how long ago an instant was: "18 min"; null below a minute, and if it is none. */
export function formatAge(
  instant: string | null | undefined,
  now: number,
  trans: TranslationBundle
): string | null {
  const seconds = secondsUntil(instant, now);
  return seconds === null || seconds > -60 ? null : formatDuration(-seconds, trans);
}

const TIME = { hour: 'numeric', minute: '2-digit' } as const;
const WEEKDAY = { ...TIME, weekday: 'short' } as const;
const DAY = { ...TIME, day: 'numeric', month: 'short' } as const;

/** Format an instant: "14:20" today, "Tue 14:20" within a week, "3 Jan, 14:20" otherwise; in the order of the language. */
export function formatClock(instant: string, now: number): string {
  const date = new Date(instant);
  if (date.toDateString() === new Date(now).toDateString()) {
    return clockOf('time', TIME).format(date);
  }
  const near = Math.abs(date.getTime() - now) < 6 * 86_400_000;
  return (near ? clockOf('weekday', WEEKDAY) : clockOf('day', DAY)).format(date);
}

function clockOf(name: string, form: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept(name, () => new Intl.DateTimeFormat(currentLanguage(), form));
}

/** By name and language. Creating one is slow, and a table needs hundreds of times. */
const made = new Map<string, unknown>();

/** Return the format of that name in the current language, made once. */
function kept<T>(name: string, make: () => T): T {
  const key = `${name} ${currentLanguage()}`;
  if (!made.has(key)) {
    made.set(key, make());
  }
  return made.get(key) as T;
}
