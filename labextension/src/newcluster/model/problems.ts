/** Problems of a field that are found without asking the server, and doubts that the server has. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IFieldProblem, IJobScript } from '../../api/restapi';
import { isValidName } from '../../clusters/names';
import { parseBytes, parseWholeNumber, withUnit } from '../../clusters/words/format';
import type { Field } from './fields';
import { FORM } from './fields';
import type { IPlace } from './place';
import type { Values } from './values';
import { fieldOf, linesOf, secondsOf } from './values';

/** Return the problem of one field, or null. `taken` tells whether another cluster has that name. */
export function ownProblem(
  field: Field,
  values: Readonly<Values>,
  taken: (name: string) => boolean,
  trans: TranslationBundle
): string | null {
  const text = values[field].trim();
  if (field === 'name') {
    return nameProblem(text, taken, trans);
  }
  if (text === '') {
    return null;
  }
  const { kind } = FORM[field];
  if (kind === 'number' && parseWholeNumber(text) === null) {
    return trans.__('Enter a whole number.');
  }
  if (field === 'most' && Number(text) < Number(values.scaling)) {
    return trans.__('Not below the jobs to start with.');
  }
  if (kind === 'variables' && linesOf(text).some(line => !line.includes('='))) {
    return trans.__('Enter one NAME=value per line.');
  }
  if ((kind === 'walltime' || kind === 'duration') && secondsOf(field, text) === null) {
    return trans.__('Enter a time such as 30 min.');
  }
  if (kind === 'size' && withUnit(text) !== null) {
    return trans.__('A size needs a unit.');
  }
  if (kind === 'size' && parseBytes(text) === null) {
    return trans.__('Enter a size such as 16 GB.');
  }
  return null;
}

/** Return what the server says of a field; null if that is nothing. */
export function wordsAt(field: Field, found: readonly IFieldProblem[]): string | null {
  const words = found.filter(each => fieldOf(each.field) === field).map(({ message }) => message);
  return words.length > 0 ? words.join(' ') : null;
}

/** Return what the server says of fields that are not asked for there. */
export function withoutField(found: readonly IFieldProblem[], place: IPlace): IFieldProblem[] {
  return found.filter(({ field: name }) => {
    const field = fieldOf(name);
    return field === null || place.leftOut.includes(field);
  });
}

/** Return the warnings that the jobs may be refused, or never start: all of them, or those of a field. */
export function doubts(script: IJobScript | null, field: Field | null = null): IFieldProblem[] {
  return (script?.warnings ?? []).filter(
    warning => warning.doubtful === true && (field === null || fieldOf(warning.field) === field)
  );
}

function nameProblem(
  name: string,
  taken: (name: string) => boolean,
  trans: TranslationBundle
): string | null {
  if (!isValidName(name)) {
    return trans.__('1 to 63 letters, digits, “.”, “_” or “-”, beginning with a letter or digit.');
  }
  return taken(name) ? trans.__('There is a cluster of that name already.') : null;
}
