/** Checks that ESLint reports English that no translator can reach, on lines that have some. */

import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const eslint = new ESLint({
  // Without type information, which these rules do not need and which takes seconds to load.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-syntax'
});

async function problems(line: string): Promise<number> {
  const [{ messages }] = await eslint.lintText(`export const x = ${line};\n`, {
    filePath: 'src/panel/new.tsx'
  });
  return messages.length;
}

describe('a text in the source', () => {
  it.each([
    '<p>Stop</p>',
    '<p title="Stop it" />',
    '<p aria-label="Stop" />',
    '`${n} ${trans.__("jobs")}`',
    'trans.__("jobs") + n',
    'trans.__("and ")',
    'trans.__(words)',
    'trans.__("job" + "s")',
    'names.join(", ")',
    'n.toLocaleString()'
  ])('is not left untranslated, or in pieces: %s', async line => {
    expect(await problems(line)).toBe(1);
  });

  it.each([
    '<p>{trans.__("Stop")}</p>',
    '<p title={trans.__("Stop it")} data-testid="stop" className="jp-x" />',
    '<p> · </p>',
    'trans._n("%2 job", "%2 jobs", n, formatNumber(n))',
    'trans.__("%1 = %2", one, trans.__("other"))',
    '`${one}:${other}`',
    'formatList(names)'
  ])('may be %s', async line => {
    expect(await problems(line)).toBe(0);
  });
});
