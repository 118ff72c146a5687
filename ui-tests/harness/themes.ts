import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

const LIGHT = 'JupyterLab Light';
const DARK = 'JupyterLab Dark';

/** Do something in the dark theme as well, and go back to the light one. */
export async function inDark(
  page: IJupyterLabPageFixture,
  act: () => Promise<unknown>
): Promise<void> {
  await changeTo(page, DARK);
  try {
    await act();
  } finally {
    await changeTo(page, LIGHT);
  }
}

async function changeTo(page: IJupyterLabPageFixture, theme: string): Promise<void> {
  await page.theme.setTheme(theme);
  await settled(page);
}

/**
 * Bring what moves to its end: a colour on its way is neither of the two.
 *
 * Not by waiting for it: what is scrolled out of sight while it moves, on a card that is not drawn then
 * (`content-visibility`), never says that it has come there.
 */
export async function settled(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) {
      const end = animation.effect?.getComputedTiming().endTime;
      if (typeof end === 'number' && Number.isFinite(end)) {
        animation.finish();
      }
    }
  });
}
