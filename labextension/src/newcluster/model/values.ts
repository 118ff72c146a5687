/** The values of the form, and their conversion from and to options. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IOptions, IScaling } from '../../api/restapi';
import { durationEcho, durationText, parseDuration } from '../../clusters/words/duration';
import {
  formatOther,
  formatWalltime,
  parseBytes,
  parseWholeNumber,
  withUnit
} from '../../clusters/words/format';
import type { Field } from './fields';
import { FIELDS, FORM, isField, OPTION_FIELDS } from './fields';

/** The texts in the fields. */
export type Values = Record<Field, string>;

/** Return an empty form with this name. */
export function emptyValues(name: string): Values {
  return { ...(Object.fromEntries(FIELDS.map(field => [field, ''])) as Values), name };
}

/**
 * Return the field for a name in a server's response: "scaling" for "scaling.jobs", "cores" for
 * "options.cores", "most" for "scaling.adapt.maximum_jobs"; null if there is none.
 */
export function fieldOf(name: string): Field | null {
  const parts = name.split('.');
  if (parts[0] === 'scaling' && parts[2] === 'maximum_jobs') {
    return 'most';
  }
  const first = parts[0] === 'options' ? parts[1] : parts[0];
  return isField(first) ? first : null;
}

/** Return the options of these values. The site's configuration supplies what is empty. */
export function optionsOf(values: Readonly<Values>): IOptions {
  return Object.fromEntries(
    OPTION_FIELDS.filter(field => values[field].trim() !== '').map(field => [
      field,
      parsed(field, values[field])
    ])
  );
}

/** Parse a text. What cannot be parsed is sent as typed, for the server to refuse. */
function parsed(field: Field, text: string): string | number | string[] | Record<string, string> {
  const word = text.trim();
  switch (FORM[field].kind) {
    case 'lines':
      return linesOf(text);
    case 'variables':
      return linesOf(text).every(line => line.includes('='))
        ? Object.fromEntries(linesOf(text).map(variable))
        : word;
    case 'walltime':
    case 'duration':
      return secondsOf(field, text) ?? word;
    case 'number':
      return parseWholeNumber(word) ?? word;
    default:
      return word;
  }
}

/** Parse the time in a field; null if it is none. A walltime's bare number is minutes. */
export function secondsOf(field: Field, text: string): number | null {
  return parseDuration(text, FORM[field].kind === 'walltime' ? 60 : 1);
}

/**
 * Return what a text in a field was understood as: "1 min 30 s" for "1:30", "14.9 GiB" for "16 GB"; empty
 * if there is nothing to add.
 */
export function understood(field: Field, text: string, trans: TranslationBundle): string {
  const { kind, zeroIsNever } = FORM[field];
  if (kind === 'size') {
    const bytes = withUnit(text) === null ? parseBytes(text) : null;
    return bytes ? formatOther(bytes, trans) : '';
  }
  const seconds = kind === 'walltime' || kind === 'duration' ? secondsOf(field, text) : null;
  return seconds === null ? '' : durationEcho(text, seconds, trans, zeroIsNever);
}

/** Return the lines of a text, except the empty ones. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter(line => line.trim() !== '');
}

/** Parse "NAME=value". An "export" before it is what a shell needs. */
function variable(line: string): [string, string] {
  const [name, ...rest] = line.replace(/^\s*(export\s+)?/, '').split('=');
  return [name, rest.join('=')];
}

/** Format an option as it would be typed, so that it is parsed as the same value. */
export function typed(field: Field, value: unknown): string {
  if (Array.isArray(value)) {
    return value.join('\n');
  }
  if (FORM[field].kind === 'variables' && value !== null && typeof value === 'object') {
    return Object.entries(value)
      .map(([name, text]) => `${name}=${text}`)
      .join('\n');
  }
  if (typeof value === 'number') {
    switch (FORM[field].kind) {
      case 'size':
        return sizeText(value);
      case 'walltime':
        return formatWalltime(value);
      case 'duration':
        return durationText(value);
    }
  }
  return String(value);
}

/** Format a size exactly, so that it is parsed as the same number of bytes. */
function sizeText(bytes: number): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['GiB', 1024 ** 3],
    ['MB', 1e6],
    ['MiB', 1024 ** 2]
  ] as const) {
    if (bytes % size === 0) {
      return `${bytes / size} ${unit}`;
    }
  }
  return `${bytes} B`;
}

/**
 * Return the number of jobs at first, or the range of an adapting cluster. What cannot be parsed is sent
 * as typed: without a script for another number of jobs.
 */
export function scalingOf(values: Readonly<Values>): IScaling {
  const jobs = numberOf(values.scaling) ?? 0;
  const most = numberOf(values.most);
  return most === null ? { jobs } : { adapt: { minimum_jobs: jobs, maximum_jobs: most } };
}

function numberOf(text: string): number | null {
  const word = text.trim();
  return word === '' ? null : (parseWholeNumber(word) ?? (word as unknown as number));
}
