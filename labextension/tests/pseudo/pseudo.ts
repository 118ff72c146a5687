/** A translator that wraps each message, and what of a page is in no message: English that no translator has seen. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';
import { expect } from 'vitest';

const OPEN = '⟦';
const CLOSE = '⟧';

const english = nullTranslator.load('test');

export const pseudo = new Proxy(english, {
  get: (bundle, name: keyof TranslationBundle) =>
    function translate(...args: never[]): string {
      return OPEN + (bundle[name] as (...args: never[]) => string).apply(bundle, args) + CLOSE;
    }
});

/** Attributes that are read or shown. */
const ATTRIBUTES = ['aria-label', 'aria-valuetext', 'title', 'placeholder', 'alt', 'label'];

/** Commands, scripts and logs are nobody's language. */
const CODE = 'code, pre, svg, style, [data-testid="job-script"]';

/**
 * Return what is written in these elements outside of all messages, in letters of English, and is no word of `others`: the
 * user's, Slurm's and the server's. A message may span elements.
 */
export function untranslated(root: HTMLElement, others: unknown): string[] {
  const foreign = [...new Set(textsIn(others))].sort((a, b) => b.length - a.length);
  const found: string[] = [];
  const look = (text: string, depth = 0): number => {
    let outside = '';
    for (const character of text) {
      depth += character === OPEN ? 1 : 0;
      outside += depth === 0 ? character : '';
      depth -= character === CLOSE ? 1 : 0;
    }
    const own = foreign.reduce((rest, word) => rest.replaceAll(word, ' '), outside);
    if (/\p{Script=Latin}/u.test(own)) {
      found.push(text);
    }
    return depth;
  };
  let depth = 0;
  const walk = (node: Node): void => {
    if (node instanceof Text) {
      depth = look(node.data, depth);
    } else if (node instanceof Element && !node.matches(CODE)) {
      ATTRIBUTES.forEach(name => look(node.getAttribute(name) ?? ''));
      node.childNodes.forEach(walk);
    }
  };
  walk(root);
  return found;
}

/** Return the texts in an answer of the server's, whatever its form. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    return value === '' ? [] : [value, value.split('/').pop() || value];
  }
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => [...textsIn(each), ...textsIn(key)])
    : [];
}

/** Expect that all on the page is translated, but for words in `others`, which come from elsewhere. */
export function expectTranslated(...others: unknown[]): void {
  expect(document.body.textContent).toContain('⟦');
  expect(untranslated(document.body, others)).toEqual([]);
}
