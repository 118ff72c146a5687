import type { Page } from '@playwright/test';

/**
 * Scroll an element from its beginning to its end and back, a good piece with every frame. The most
 * elements `counted` that there were in it on the way.
 */
export function scrollThrough(page: Page, selector: string, counted = '*'): Promise<number> {
  return page.locator(selector).evaluate(async (node: HTMLElement, counted: string) => {
    const end = node.scrollHeight - node.clientHeight;
    if (end < node.clientHeight) {
      throw new Error('There is hardly anything to scroll.');
    }
    let most = 0;
    const go = async (top: number): Promise<void> => {
      node.scrollTop = top;
      await new Promise(resolve => requestAnimationFrame(resolve));
      most = Math.max(most, node.querySelectorAll(counted).length);
    };
    const steps = 20;
    for (let step = 1; step <= steps; step++) {
      await go((end * step) / steps);
    }
    for (let step = steps - 1; step >= 0; step--) {
      await go((end * step) / steps);
    }
    return most;
  }, counted);
}
