/** Numbers, sizes, times and words as a person reads them. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster, IJobCounts, ISite } from '../../api/restapi';

const POWERS = ['', 'k', 'M', 'G', 'T', 'P'];

/**
 * "80 GB"; "16 GiB" for what is round in binary units only, as memory given in GiB is.
 *
 * At most one decimal below 100, none above.
 */
export function formatBytes(bytes: number): string {
  const binary = isBinarySize(bytes);
  const base = binary ? 1024 : 1000;
  let power = 0;
  while (power < POWERS.length - 1 && rounded(bytes / base ** power) >= base) {
    power++;
  }
  const unit = power === 0 ? 'B' : `${POWERS[power]}${binary ? 'i' : ''}B`;
  return `${formatNumber(rounded(bytes / base ** power))} ${unit}`;
}

/** The same size in the other kind of units, for whoever meets that: "14.9 GiB" for 16 GB. */
export function formatOther(bytes: number): string {
  const binary = isBinarySize(bytes);
  const base = binary ? 1000 : 1024;
  const power = bytes >= base ** 3 ? 3 : 2;
  const unit = `${POWERS[power]}${binary ? '' : 'i'}B`;
  return `${formatNumber(rounded(bytes / base ** power))} ${unit}`;
}

/** Whether a size is round in binary units and not in decimal ones. */
export function isBinarySize(bytes: number): boolean {
  return bytes >= 1024 ** 2 && bytes % 1024 ** 2 === 0 && bytes % 1000 ** 2 !== 0;
}

function rounded(value: number): number {
  return value < 100 ? Math.round(value * 10) / 10 : Math.round(value);
}

/** Grouped where it helps: 5000 stays, 12500 becomes 12 500 with thin spaces. */
export function formatNumber(value: number): string {
  const text = String(value);
  return Math.abs(value) < 10_000 ? text : text.replace(/\B(?=(\d{3})+$)/g, '\u202f');
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
 * Bytes meant by "200 GB", "16GiB" or, with a unit to assume, by a bare "200"; null for anything
 * else. Reads units as dask does: "GB" is 1e9.
 */
export function parseBytes(text: string, assume = ''): number | null {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)$/i.exec(text.trim());
  if (!match) {
    return null;
  }
  const factor = FACTORS[(match[2] || assume).toLowerCase()];
  return factor === undefined ? null : Math.floor(Number(match[1]) * factor);
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

/** How long something has lasted, at a glance: "0:12 h", "23:05 h", "2 d 4 h". */
export function formatLasting(seconds: number): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  return minutes < 24 * 60
    ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`
    : formatDuration(60 * minutes);
}

/** "7.4" of so many core seconds; "< 0.1" for the first minutes, whole ones from 100 on. */
export function formatCoreHours(coreSeconds: number): string {
  const hours = coreSeconds / 3600;
  return hours < 0.1 ? '< 0.1' : formatNumber(rounded(hours));
}

/** What is counted down by the second: "45 s", "7 min 20 s"; from an hour on "1 h 05 min". */
export function formatCountdown(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60 || total >= 3600) {
    return formatDuration(total);
  }
  return total % 60 === 0
    ? `${total / 60} min`
    : `${Math.floor(total / 60)} min ${String(total % 60).padStart(2, '0')} s`;
}

/** A walltime as Slurm writes it: "00:30:00", "2-00:00:00". */
export function formatWalltime(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const time = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;
  return days > 0 ? `${days}-${time}` : time;
}

/** Seconds from `now` (milliseconds since the epoch) to an instant; null when it is not one. */
export function secondsUntil(instant: string | null | undefined, now: number): number | null {
  const time = instant ? Date.parse(instant) : NaN;
  return Number.isNaN(time) ? null : (time - now) / 1000;
}

/** How long ago an instant was, "18 min"; null below a minute, and for what is no instant. */
export function formatAge(instant: string | null | undefined, now: number): string | null {
  const seconds = secondsUntil(instant, now);
  return seconds === null || seconds > -60 ? null : formatDuration(-seconds);
}

const TIME = { hour: '2-digit', minute: '2-digit' } as const;
const WEEKDAY = { weekday: 'short' } as const;
const DAY = { day: 'numeric', month: 'short' } as const;

/** By locale and kind. Making one takes far longer than using it, and a table asks for hundreds. */
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

/** "14:20" for an instant of today, "Tue 14:20" within a week, "3 Jan, 14:20" otherwise. */
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

/** What one job is: "12 cores, 16 GB, 4 workers". */
export function describeJob(options: ICluster['options'], trans: TranslationBundle): string {
  const parts: string[] = [];
  const cores = Number(options.cores ?? 0);
  const memory = Number(options.memory ?? 0);
  const processes = Number(options.processes ?? 0);
  if (cores > 0) {
    parts.push(trans._n('1 core', '%1 cores', cores));
  }
  if (memory > 0) {
    parts.push(formatBytes(memory));
  }
  if (processes > 1) {
    parts.push(trans.__('%1 workers', processes));
  }
  return parts.join(', ');
}

/** The words under the bar, in the order of the bar; those that count nothing are left out. */
export interface IJobWord {
  kind: 'connected' | 'starting' | 'leaving' | 'pending' | 'submitting' | 'failed' | 'unknown';
  count: number;
  word: string;
}

export function jobWords(jobs: IJobCounts, trans: TranslationBundle): IJobWord[] {
  const without = Math.max(0, jobs.running - jobs.connected);
  // A job that has been retired runs without a worker until it is gone: it does not start.
  const leaving = Math.min(jobs.leaving ?? 0, without);
  const words: IJobWord[] = [
    { kind: 'connected', count: jobs.connected, word: trans.__('connected') },
    { kind: 'starting', count: without - leaving, word: trans.__('starting') },
    { kind: 'leaving', count: leaving, word: trans.__('leaving') },
    { kind: 'pending', count: jobs.pending, word: trans.__('pending') },
    { kind: 'submitting', count: jobs.submitting, word: trans.__('being submitted') },
    { kind: 'unknown', count: jobs.unknown, word: trans.__('not reported') },
    { kind: 'failed', count: jobs.failed, word: trans.__('failed') }
  ];
  return words.filter(word => word.count > 0);
}

/** What follows "3 jobs wait"; null for a reason that is not known, shown as Slurm wrote it alone. */
export function reasonWords(reason: string, trans: TranslationBundle): string | null {
  switch (reason.replace(/^\(|\)$/g, '')) {
    case 'Resources':
      return trans.__('for free cores or memory');
    case 'Priority':
      return trans.__('behind others in the queue');
    case 'Dependency':
      return trans.__('for another job');
    case 'BeginTime':
      return trans.__('until a given time');
    case 'PartitionTimeLimit':
      return trans.__('and can never start: the walltime is over the limit of the partition');
    case 'PartitionNodeLimit':
    case 'PartitionConfig':
      return trans.__('and can never start: the partition does not offer as much');
    case 'PartitionDown':
    case 'PartitionInactive':
      return trans.__('for the partition, which starts no jobs now');
    case 'ReqNodeNotAvail':
      return trans.__('for nodes that are down or reserved');
    case 'Licenses':
      return trans.__('for a licence');
    case 'JobHeldUser':
    case 'JobHeldAdmin':
      return trans.__('because they are held');
    case 'JobArrayTaskLimit':
      return trans.__('for others of their array to end');
  }
  if (/^(QOSMax|QOSGrp|AssocGrp|AssocMax|MaxJobsPer|MaxCpuPer)/.test(reason)) {
    return trans.__('because a limit of your account or QOS is reached');
  }
  return null;
}

/** 'Slurm “lab” · 41 of 64 cores idle'; 'Embedded queue · 2 cores'. */
export function siteLine(site: ISite, trans: TranslationBundle): string {
  // Partitions often share their nodes, so their cores cannot be added up: the largest stands for all.
  const sized = site.partitions.filter(partition => partition.total_cores);
  const largest = sized.sort((a, b) => (b.total_cores ?? 0) - (a.total_cores ?? 0))[0];
  const total = largest?.total_cores ?? 0;
  if (site.batch_system === 'local') {
    const name = trans.__('Embedded queue');
    return total ? `${name} · ${trans._n('%1 core', '%1 cores', total)}` : name;
  }
  const name = site.cluster ? trans.__('Slurm “%1”', site.cluster) : trans.__('Slurm');
  const idle = largest?.idle_cores;
  return total && idle !== null && idle !== undefined
    ? `${name} · ${trans.__('%1 of %2 cores idle', formatNumber(idle), formatNumber(total))}`
    : name;
}

/** An interpreter's path, shortened: ".../envs/py311/bin/python" is "py311". */
export function pythonName(python: string): string {
  const match = /([^/]+)\/bin\/python[\d.]*$/.exec(python);
  return match ? match[1] : (python.split('/').pop() ?? python);
}
