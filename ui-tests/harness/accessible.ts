import { AxeBuilder } from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect } from '@playwright/test';

import { picture } from './test';
import { inDark, settled } from './themes';

/** What keeps people from using something, not what could be nicer. */
const GRAVE = ['serious', 'critical'];

/** axe finds nothing grave within that part of the page, and its words can be read in both themes. */
export function expectAccessible(page: IJupyterLabPageFixture, scope: string): Promise<void> {
  return inBoth(page, scope, async () => undefined);
}

/** `expectAccessible`, and a picture of both themes: changing them takes longer than either. */
export function expectPresentable(
  page: IJupyterLabPageFixture,
  scope: string,
  name: string
): Promise<void> {
  return inBoth(page, scope, suffix => picture(page, name + suffix));
}

async function inBoth(
  page: IJupyterLabPageFixture,
  scope: string,
  act: (suffix: string) => Promise<void>
): Promise<void> {
  await settled(page);
  await act('');
  await expectNothingGrave(page, scope);
  await inDark(page, async () => {
    await act('-dark');
    // All else is as it was.
    await expectNothingGrave(page, scope, 'color-contrast');
  });
}

/** In the theme that is on, by one rule or by all. */
async function expectNothingGrave(
  page: IJupyterLabPageFixture,
  scope: string,
  rule: string | null = null
): Promise<void> {
  // A part that is not there would have no fault.
  await expect(page.locator(scope).first()).toBeVisible();
  // What a frame shows is another program's. Otherwise than this axe opens a page of its own, and
  // ours loses the focus.
  const axe = new AxeBuilder({ page }).include(scope).setLegacyMode().options({ iframes: false });
  const undo = await page.addStyleTag({ content: VISIBLE });
  const { violations } = await (rule === null ? axe : axe.withRules(rule)).analyze();
  await undo.evaluate((node: HTMLStyleElement) => node.remove());
  const theme = await page.theme.getTheme();
  const grave = violations.filter(({ impact }) => GRAVE.includes(impact ?? ''));
  const found = grave.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`)
  );
  expect(found, `${scope} in ${theme}`).toEqual([]);
}

/**
 * JupyterLab's body has no height, all that it shows is fixed: axe takes that for hidden, and would
 * look at no colour.
 */
const VISIBLE = 'body { min-height: 100vh; }';
