import type { CDPSession, Page } from '@playwright/test';

/** How the page got on while something was done; all of it in milliseconds. */
export interface IFluency {
  /** How long its main thread was at work. */
  busy: number;
  /** Its longest task; 0 when none took 50, for then it counts as short. */
  task: number;
  /** The longest time between two frames. */
  frame: number;
}

/** Do something some times; of each figure the median, as other work on the machine makes outliers. */
export async function fluency(
  page: Page,
  act: () => Promise<unknown>,
  times = 5
): Promise<IFluency> {
  // Galata's page is one of its own around Playwright's, which is what is wanted here.
  const [itself] = page.context().pages();
  const session = await page.context().newCDPSession(itself);
  await session.send('Performance.enable');
  const found: IFluency[] = [];
  for (let left = times; left > 0; left--) {
    const before = await busy(session);
    const watched = await watching(page, act);
    found.push({ ...watched, busy: Math.round(1000 * ((await busy(session)) - before)) });
  }
  await session.detach();
  const median = (key: keyof IFluency): number =>
    found.map(each => each[key]).sort((a, b) => a - b)[Math.floor(times / 2)];
  return { busy: median('busy'), task: median('task'), frame: median('frame') };
}

/** Seconds that the main thread of the page was at work since it was opened. */
async function busy(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')!.value;
}

interface IWatch {
  stop(): Omit<IFluency, 'busy'>;
}

async function watching(page: Page, act: () => Promise<unknown>): Promise<Omit<IFluency, 'busy'>> {
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
