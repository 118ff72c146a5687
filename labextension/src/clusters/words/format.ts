/** Formats and parses numbers, sizes and times. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

const POWERS = ['', 'k', 'M', 'G', 'T', 'P'];

/**
 * Format a size: "80 GB"; "16 GiB" if it is round in binary units only, as memory in GiB is.
 *
 * With at most one decimal below 100, and none above. What is used of a size is in units of its kind: `whole`.
 */
export function formatBytes(bytes: number, whole = bytes): string {
  const binary = isBinarySize(whole);
  const base = binary ? 1024 : 1000;
  let power = 0;
  while (power < POWERS.length - 1 && rounded(bytes / base ** power) >= base) {
    power++;
  }
  const unit = power === 0 ? 'B' : `${POWERS[power]}${binary ? 'i' : ''}B`;
  return `${formatNumber(rounded(bytes / base ** power))} ${unit}`;
}

/** Return the same size in the other kind of units: "14.9 GiB" for 16 GB. */
export function formatOther(bytes: number): string {
  const binary = isBinarySize(bytes);
  const base = binary ? 1000 : 1024;
  const power = bytes >= base ** 3 ? 3 : 2;
  const unit = `${POWERS[power]}${binary ? '' : 'i'}B`;
  return `${formatNumber(rounded(bytes / base ** power))} ${unit}`;
}

/** Whether a size is round in binary units but not in decimal ones. */
export function isBinarySize(bytes: number): boolean {
  return bytes >= 1024 ** 2 && bytes % 1024 ** 2 === 0 && bytes % 1000 ** 2 !== 0;
}

function rounded(value: number): number {
  return value < 100 ? Math.round(value * 10) / 10 : Math.round(value);
}

/** Group the digits of large numbers: 5000 stays, 12500 becomes 12 500 with a thin space. */
export function formatNumber(value: number): string {
  const text = String(value);
  return Math.abs(value) < 10_000 ? text : text.replace(/\B(?=(\d{3})+$)/g, '\u202f');
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
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 90) {
    return `${total} s`;
  }
  const minutes = Math.round(total / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    const rest = minutes % 60;
    return rest === 0 ? `${hours} h` : `${hours} h ${String(rest).padStart(2, '0')} min`;
  }
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** Format an age for a glance: "12 min", "3 h", "2 d". */
export function formatLasting(seconds: number): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** Format core seconds in hours: "7.4", "< 0.1"; without decimals from 100 on. */
export function formatCoreHours(coreSeconds: number): string {
  const hours = coreSeconds / 3600;
  return hours < 0.1 ? '< 0.1' : formatNumber(rounded(hours));
}

/** Format a countdown: "45 s", "7 min 20 s"; from an hour on "1 h 05 min". */
export function formatCountdown(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60 || total >= 3600) {
    return formatDuration(total);
  }
  return total % 60 === 0
    ? `${total / 60} min`
    : `${Math.floor(total / 60)} min ${String(total % 60).padStart(2, '0')} s`;
}

/** Format a walltime as Slurm does: "00:30:00", "2-00:00:00". */
export function formatWalltime(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
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
export function formatAge(instant: string | null | undefined, now: number): string | null {
  const seconds = secondsUntil(instant, now);
  return seconds === null || seconds > -60 ? null : formatDuration(-seconds);
}

const TIME = { hour: 'numeric', minute: '2-digit' } as const;
const WEEKDAY = { weekday: 'short' } as const;
const DAY = { day: 'numeric', month: 'short' } as const;

/** By locale and kind. Creating one is slow, and a table needs hundreds of times. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(
  kind: typeof TIME | typeof WEEKDAY | typeof DAY,
  locale?: string
): Intl.DateTimeFormat {
  const key = `${locale ?? ''} ${Object.keys(kind).join()}`;
  let clock = clocks.get(key);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat(locale, kind);
    clocks.set(key, clock);
  }
  return clock;
}

/** Format an instant: "14:20" today, "Tue 14:20" within a week, "3 Jan, 14:20" otherwise. */
export function formatClock(instant: string, now: number, locale?: string): string {
  const date = new Date(instant);
  const time = clockOf(TIME, locale).format(date);
  if (date.toDateString() === new Date(now).toDateString()) {
    return time;
  }
  const near = Math.abs(date.getTime() - now) < 6 * 86_400_000;
  const day = clockOf(near ? WEEKDAY : DAY, locale).format(date);
  return near ? `${day} ${time}` : `${day}, ${time}`;
}
