import type { Page } from '@playwright/test';

/** What is promised: nothing keeps the page from answering for longer; milliseconds. */
export const LONGEST_TASK = 100;

/** How the page got on while something was done. */
export interface IFluency {
  /** The longest task of the page in milliseconds; 0 when none took 50, for then it counts as short. */
  task: number;
  /** The longest time between two frames, in milliseconds. */
  frame: number;
}

/**
 * The best of some times.
 *
 * A long task is measured by the clock on the wall, so that a machine with other work makes one of any:
 * the page waits for the core, not for us. What is too slow in itself is so every time.
 */
export async function fluency(
  page: Page,
  act: () => Promise<unknown>,
  times = 4
): Promise<IFluency> {
  let best: IFluency = { task: Infinity, frame: Infinity };
  for (let left = times; left > 0 && best.task > LONGEST_TASK; left--) {
    const now = await once(page, act);
    best = now.task < best.task ? now : best;
  }
  return best;
}

interface IWatch {
  stop(): IFluency;
}

async function once(page: Page, act: () => Promise<unknown>): Promise<IFluency> {
  const watch = await page.evaluateHandle((): IWatch => {
    let task = 0;
    let frame = 0;
    let last = performance.now();
    const take = (entries: PerformanceEntry[]): void => {
      task = Math.max(task, ...entries.map(entry => entry.duration));
    };
    const observer = new PerformanceObserver(list => take(list.getEntries()));
    observer.observe({ type: 'longtask' });
    const count = (): void => {
      const now = performance.now();
      frame = Math.max(frame, now - last);
      last = now;
      request = requestAnimationFrame(count);
    };
    let request = requestAnimationFrame(count);
    return {
      stop: () => {
        take(observer.takeRecords());
        observer.disconnect();
        cancelAnimationFrame(request);
        return { task: Math.round(task), frame: Math.round(frame) };
      }
    };
  });
  await act();
  // What was begun is drawn, and the entry of the last task is made after it.
  await page.evaluate(async () => {
    for (let frames = 3; frames > 0; frames--) {
      await new Promise(resolve => requestAnimationFrame(resolve));
    }
  });
  return watch.evaluate(begun => begun.stop());
}

/** Scroll an element from its beginning to its end and back, a good piece with every frame. */
export async function scrollThrough(page: Page, selector: string): Promise<void> {
  await page.locator(selector).evaluate(async (node: HTMLElement) => {
    const frame = (): Promise<unknown> => new Promise(resolve => requestAnimationFrame(resolve));
    const end = node.scrollHeight - node.clientHeight;
    if (end < node.clientHeight) {
      throw new Error('There is hardly anything to scroll.');
    }
    const steps = 60;
    for (let step = 1; step <= steps; step++) {
      node.scrollTop = (end * step) / steps;
      await frame();
    }
    for (let step = steps - 1; step >= 0; step--) {
      node.scrollTop = (end * step) / steps;
      await frame();
    }
  });
}
