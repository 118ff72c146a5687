/** Checks that ESLint reports imports against the layers, on small files with such imports. */

import { ESLint } from 'eslint';
import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

const eslint = new ESLint({
  // Without type information, which these rules do not need and which takes seconds to load.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId.startsWith('import-x/')
});

/** Return the rules that a file of src breaks by importing `module`. */
async function broken(file: string, module: string): Promise<(string | null)[]> {
  const text = `import * as all from '${module}';\nexport const used = all;\n`;
  const [{ messages }] = await eslint.lintText(text, { filePath: `src/${file}` });
  return messages.map(({ ruleId }) => ruleId);
}

const folders = readdirSync('src', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name);

describe('a folder of the panel', () => {
  it.each(folders)('%s has a place in the layers', async folder => {
    expect(await broken(`${folder}/new.ts`, '../index')).toEqual(['import-x/no-restricted-paths']);
  });

  it.each([
    ['base/new.ts', '../api/wire'],
    ['clusters/words/new.ts', '../../ui/hooks'],
    ['ui/new.ts', '../panel/model'],
    ['panel/card/new.ts', '../../commands/dialogs'],
    ['commands/new.ts', '../plugins/ids']
  ])('is not imported from below: %s has no %s', async (file, module) => {
    expect(await broken(file, module)).toEqual(['import-x/no-restricted-paths']);
  });

  it.each([
    ['panel/new.ts', '../views/tabs'],
    ['views/logs/new.ts', '../../newcluster/model/values'],
    ['notifications/new.ts', '../panel/card/ends']
  ])('that is a surface imports no other: %s has no %s', async (file, module) => {
    expect(await broken(file, module)).toEqual(['import-x/no-restricted-paths']);
  });

  it.each([
    ['newcluster/model/new.ts', '../fields/formfield'],
    ['views/logs/new.ts', '../jobs/columns']
  ])('imports nothing above it in its surface: %s has no %s', async (file, module) => {
    expect(await broken(file, module)).toEqual(['import-x/no-restricted-paths']);
  });

  it.each([
    ['panel/card/new.ts', '../../ui/hooks'],
    ['panel/card/new.ts', '../size/draft'],
    ['commands/new.ts', '../views/kinds'],
    ['newcluster/fields/new.ts', '../model/values']
  ])('imports what is below it: %s may have %s', async (file, module) => {
    expect(await broken(file, module)).toEqual([]);
  });
});

it('a circle of imports is found', async () => {
  expect(await broken('clusters/dismissals.ts', './manager')).toEqual(['import-x/no-cycle']);
});

it('a type, a class or a component has a name of its own', () => {
  const files = new Map<string, Set<string>>();
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (/\.tsx?$/.test(file)) {
      const declared = /^(?:export )?(?:abstract )?(?:interface|type|class|function) ([A-Z]\w*)/gm;
      for (const [, name] of readFileSync(`src/${file}`, 'utf8').matchAll(declared)) {
        files.set(name, (files.get(name) ?? new Set()).add(file));
      }
    }
  }
  expect(files.get('IPlace')).toEqual(new Set(['newcluster/model/place.ts']));
  expect([...files].filter(([, places]) => places.size > 1)).toEqual([]);
});
