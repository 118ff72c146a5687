/** What is in the fields of the New cluster form, and how it travels. Pure. */

import type { IOptions, IScaling } from '../../api/restapi';
import { formatWalltime, parseWholeNumber } from '../../clusters/words/format';
import { durationText, parseDuration } from './duration';
import type { Field } from './fields';
import { FIELDS, FORM, isField, OPTION_FIELDS } from './fields';

/** What is in the fields, as typed. */
export type Values = Record<Field, string>;

/** A form with a name and nothing else. */
export function emptyValues(name: string): Values {
  return { ...(Object.fromEntries(FIELDS.map(field => [field, ''])) as Values), name };
}

/**
 * "scaling.jobs" and "options.cores" belong to the fields "scaling" and "cores", and
 * "scaling.adapt.maximum_jobs" to "most".
 */
export function fieldOf(name: string): Field | null {
  const parts = name.split('.');
  if (parts[0] === 'scaling' && parts[2] === 'maximum_jobs') {
    return 'most';
  }
  const first = parts[0] === 'options' ? parts[1] : parts[0];
  return isField(first) ? first : null;
}

/** What a form with these values asks for; empty fields are left to the site's configuration. */
export function optionsOf(values: Readonly<Values>): IOptions {
  return Object.fromEntries(
    OPTION_FIELDS.filter(field => values[field].trim() !== '').map(field => [
      field,
      parsed(field, values[field])
    ])
  );
}

/** What was typed, as an option; what cannot be read travels as typed, for the server to refuse. */
function parsed(field: Field, text: string): string | number | string[] {
  const word = text.trim();
  switch (FORM[field].kind) {
    case 'lines':
      return text.split('\n').filter(line => line.trim() !== '');
    case 'duration':
      return parseDuration(text) ?? word;
    case 'number':
      return parseWholeNumber(word) ?? word;
    default:
      return word;
  }
}

/** An option as it would have been typed: it is read as the very same value again. */
export function typed(field: Field, value: unknown): string {
  if (Array.isArray(value)) {
    return value.join('\n');
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

/** A size that is read as the very same number of bytes again. */
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

/** The jobs to start with, none when the field is empty; or the range in which to adapt. */
export function scalingOf(values: Readonly<Values>): IScaling {
  const jobs = parseWholeNumber(values.scaling) ?? 0;
  const most = parseWholeNumber(values.most);
  return most === null ? { jobs } : { adapt: { minimum_jobs: jobs, maximum_jobs: most } };
}
