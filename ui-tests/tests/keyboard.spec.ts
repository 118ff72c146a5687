import type { Locator, Page } from '@playwright/test';

import { expect, expectNoTrace, test } from '../harness/test';

/** What shows where the keyboard is; a part of the page that has not the focus has none to show. */
interface IPlace {
  /** Whether nothing has the focus: the next Tab would begin at the top of the page. */
  lost: boolean;
  /** Whether it is ours, and nothing is drawn around it. */
  unseen: boolean;
  what: string;
}

/** In the page: where the focus is. */
function place(): IPlace {
  const element = document.activeElement;
  if (element === null || element === document.body) {
    return { lost: true, unseen: false, what: 'nothing' };
  }
  // The radio button of a switch is not drawn: its label is what one sees.
  const switched = element.matches('.jp-DaskSlurm-units input');
  const style = getComputedStyle(switched ? element.closest('label')! : element);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  const ours = element.closest('.jp-DaskSlurm-sidebar, .jp-DaskSlurm-newColumns') !== null;
  const what = element.cloneNode(false) as Element;
  return { lost: false, unseen: ours && !ring, what: what.outerHTML };
}

/** A user without a mouse. */
class Keyboard {
  constructor(private readonly _page: Page) {}

  /** Press a key; then the focus is somewhere, and one sees where. */
  async press(key: string): Promise<void> {
    await this._page.keyboard.press(key);
    await this.expectPlace();
  }

  async type(text: string): Promise<void> {
    await this._page.keyboard.type(text);
  }

  /** From one thing to the next until that one has the focus. */
  async goTo(wanted: Locator, key = 'Tab'): Promise<void> {
    for (let left = 40; left > 0; left--) {
      if (await wanted.evaluate(element => element === document.activeElement)) {
        return;
      }
      await this.press(key);
    }
    const { what } = await this._page.evaluate(place);
    throw new Error(`No way by ${key} to ${wanted}; it ended at ${what}`);
  }

  async expectPlace(): Promise<void> {
    await expect
      .poll(() => this._page.evaluate(place))
      .toEqual({ lost: false, unseen: false, what: expect.any(String) });
  }
}

test('A cluster lives and ends without a mouse', async ({ page, jupyter, panel }) => {
  const keyboard = new Keyboard(page);
  // From the files, with the panel out of sight.
  await page.sidebar.openTab('filebrowser');
  await expect(panel.root).toBeHidden();
  await keyboard.press('Control+Shift+C');
  await expect(page.locator('.lm-CommandPalette-input')).toBeFocused();
  await keyboard.type('Show Dask Clusters');
  await keyboard.press('Enter');
  await expect(panel.root).toBeVisible();

  // New cluster, from the empty panel
  await keyboard.goTo(panel.root.getByRole('button', { name: 'Create a Cluster' }));
  await keyboard.press('Enter');
  await expect(panel.field('name')).toBeFocused();
  for (const [field, text] of [
    ['name', 'no-mouse'],
    ['cores', '1'],
    ['memory', '1 GB'],
    ['walltime', '20'],
    ['scaling', '0']
  ] as const) {
    await keyboard.goTo(panel.field(field));
    await keyboard.press('Control+A');
    await keyboard.type(text);
  }
  await expect(panel.create).toBeEnabled();
  await keyboard.goTo(panel.create);
  await keyboard.press('Enter');
  await expect(panel.dialog).toBeHidden();

  // It goes on at the card of what was made.
  const card = panel.card('no-mouse');
  await expect(card.root).toBeFocused();
  await expect(card.root).toHaveAttribute('data-status', 'running');
  await keyboard.expectPlace();

  // Scale
  const slider = card.root.getByTestId('scale-slider');
  await keyboard.goTo(slider);
  await keyboard.press('ArrowRight');
  await expect(card.sentence).toHaveText('1 job = 1 core, 1 GB');
  await card.connected(1);
  await expect(slider).toBeFocused();
  await keyboard.press('ArrowLeft');
  await expect.poll(() => jupyter.slurm.jobs()).toEqual([]);
  await expect(slider).toBeFocused();

  // Its menu: rename, and then stop
  const more = card.root.getByRole('button', { name: 'More about no-mouse' });
  await keyboard.goTo(more, 'Shift+Tab');
  await keyboard.press('Enter');
  await expect(page.locator('.lm-Menu')).toBeVisible();
  await keyboard.press('Escape');
  await expect(page.locator('.lm-Menu')).toHaveCount(0);
  await expect(more).toBeFocused();
  await choose(page, keyboard, 'Rename');
  await expect(card.root.getByRole('textbox', { name: 'Name of the cluster' })).toBeFocused();
  await keyboard.type('still-no-mouse');
  await keyboard.press('Enter');
  const renamed = panel.card('still-no-mouse');
  await expect(renamed.root).toBeVisible();
  await keyboard.expectPlace();

  await keyboard.goTo(renamed.root.getByRole('button', { name: 'More about still-no-mouse' }));
  await choose(page, keyboard, 'Stop');
  const question = page.locator('.jp-Dialog');
  await expect(question).toBeVisible();
  await keyboard.goTo(question.getByRole('button', { name: 'Stop' }));
  await keyboard.press('Enter');
  await expect(renamed.root).toHaveCount(0);
  await expect(panel.root.getByTestId('empty-state')).toBeVisible();
  await keyboard.expectPlace();
  expect(
    await panel.root.evaluate(root => root.parentElement!.contains(document.activeElement))
  ).toBe(true);
  await expectNoTrace(jupyter);
});

/** Choose from the menu of the card whose button has the focus. */
async function choose(page: Page, keyboard: Keyboard, label: string): Promise<void> {
  await keyboard.press('Enter');
  const item = page.locator('.lm-Menu-item', { hasText: label }).first();
  await expect(item).toBeVisible();
  for (let left = 20; left > 0; left--) {
    if (await item.evaluate(element => element.classList.contains('lm-mod-active'))) {
      break;
    }
    await keyboard.press('ArrowDown');
  }
  await expect(item).toHaveClass(/lm-mod-active/);
  await page.keyboard.press('Enter');
}
