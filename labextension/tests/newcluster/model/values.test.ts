import { describe, expect, it } from 'vitest';

import type { Kind } from '../../../src/newcluster/model/fields';
import { FORM, OPTION_FIELDS } from '../../../src/newcluster/model/fields';
import {
  emptyValues,
  fieldOf,
  optionsOf,
  typed,
  understood
} from '../../../src/newcluster/model/values';
import { trans } from '../../fixtures';

/** The text in a field, what is sent, and what the server may return. */
const EXAMPLES: Record<Kind, { text: string; travels: unknown; resolved: unknown }> = {
  text: { text: 'debug', travels: 'debug', resolved: 'debug' },
  number: { text: '12', travels: 12, resolved: 12 },
  size: { text: '16 GB', travels: '16 GB', resolved: 16e9 },
  walltime: { text: '00:30:00', travels: 1800, resolved: 1800 },
  duration: { text: '1 h 30 min', travels: 5400, resolved: 5400 },
  lines: { text: 'first\nsecond', travels: ['first', 'second'], resolved: ['first', 'second'] },
  variables: {
    text: 'A=1\nB=x = "y" ',
    travels: { A: '1', B: 'x = "y" ' },
    resolved: { A: '1', B: 'x = "y" ' }
  }
};

describe('an option', () => {
  it.each(OPTION_FIELDS)('%s travels as what it is, and comes back as it was typed', field => {
    const { text, travels, resolved } = EXAMPLES[FORM[field].kind];
    expect(optionsOf({ ...emptyValues('otter'), [field]: text })).toEqual({ [field]: travels });
    expect(typed(field, travels)).toBe(text);
    expect(typed(field, resolved)).toBe(text);
  });

  it.each([
    [15e9, '15 GB'],
    [15 * 1024 ** 3, '15 GiB'],
    [900e6, '900 MB'],
    [1024 ** 2, '1 MiB'],
    [1001, '1001 B']
  ])('of %i bytes is written %s, which means the same', (bytes, text) => {
    expect(typed('memory', bytes)).toBe(text);
  });

  it('of variables may be pasted from a shell', () => {
    const environment = '  export OMP_NUM_THREADS=1\n\nEMPTY=';
    expect(optionsOf({ ...emptyValues('otter'), environment })).toEqual({
      environment: { OMP_NUM_THREADS: '1', EMPTY: '' }
    });
  });

  it('that is empty is left to the site', () => {
    expect(optionsOf(emptyValues('otter'))).toEqual({});
  });
});

describe('understood', () => {
  it.each([
    ['walltime', '1:30', '1 min 30 s'],
    ['walltime', '90', '1 h 30 min'],
    ['idle_timeout', '90', '1 min 30 s'],
    ['maximum_age', '1-12', '1 d 12 h'],
    ['idle_timeout', '0', 'never'],
    ['death_timeout', '2 minutes', '2 min'],
    ['walltime', '30 min', ''],
    ['walltime', 'soon', ''],
    ['memory', '16 GB', '14.9 GiB'],
    ['memory', '16', ''],
    ['memory', 'lots', ''],
    ['memory', '', ''],
    ['cores', '4', '']
  ] as const)('says of the %s %j: %j', (field, text, words) => {
    expect(understood(field, text, trans)).toBe(words);
  });
});

describe('fieldOf', () => {
  it.each([
    ['cores', 'cores'],
    ['options.memory', 'memory'],
    ['scaling.jobs', 'scaling'],
    ['scaling.adapt.minimum_jobs', 'scaling'],
    ['scaling.adapt.maximum_jobs', 'most'],
    ['job_extra_directives', 'job_extra_directives'],
    ['job-mem', null],
    ['body', null]
  ])('finds the field of %s', (name, field) => {
    expect(fieldOf(name)).toBe(field);
  });
});
