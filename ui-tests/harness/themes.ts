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

/** Wait until what moves has come to its end: a colour on its way is neither of the two. */
export async function settled(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(async () => {
    const running = document.getAnimations().filter(animation => {
      const end = animation.effect?.getComputedTiming().endTime;
      return typeof end === 'number' && Number.isFinite(end);
    });
    // What is taken off the page is over too, and says so by rejecting.
    await Promise.allSettled(running.map(animation => animation.finished));
  });
}
