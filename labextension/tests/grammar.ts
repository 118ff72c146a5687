/** What written times and sizes mean: the table that the tests of the server read, too. */

import { readFileSync } from 'node:fs';

type Cases<T> = readonly (readonly [text: string, meaning: T | null])[];

interface IGrammar {
  walltime: Cases<number>;
  timeout: Cases<number>;
  time: Cases<number>;
  memory: Cases<number>;
  'with a unit': Cases<string>;
}

export const grammar = JSON.parse(readFileSync('../tests/grammar.json', 'utf8')) as IGrammar;
