import type { JupyterFrontEnd } from '@jupyterlab/application';

import { Crowd } from '../harness/crowd';
import { fluency, LONGEST_TASK, scrollThrough, type IFluency } from '../harness/fluency';
import { Panel } from '../harness/panel';
import { expect, picture, test } from '../harness/test';

// The server is stood in for before the page asks it for the first time.
test.use({ autoGoto: false });

const CLUSTERS = 50;
const JOBS = 5000;
const CONTENT = '.jp-DaskSlurm-content';

/** In the page: what the button Refresh does, and wait for its answers. */
function refresh(): Promise<unknown> {
  const { jupyterapp } = window as unknown as { jupyterapp: JupyterFrontEnd };
  return jupyterapp.commands.execute('dask-slurm:refresh');
}

/** In the page: compute for so many milliseconds, in a task of its own. */
function keepBusy(milliseconds: number): Promise<number> {
  return new Promise(resolve => {
    setTimeout(() => {
      const end = performance.now() + milliseconds;
      let rounds = 0;
      while (performance.now() < end) {
        rounds += 1;
      }
      resolve(rounds);
    });
  });
}

test('Fifty clusters and five thousand jobs keep nobody waiting', async ({ page }) => {
  const panel = new Panel(page);
  const crowd = new Crowd(CLUSTERS, JOBS);
  await crowd.serve(page);
  await page.goto();
  await panel.open();
  await expect(panel.root.getByTestId('cluster-card')).toHaveCount(CLUSTERS);

  const measured: { [name: string]: IFluency } = {};
  const measure = async (name: string, act: () => Promise<unknown>): Promise<void> => {
    measured[name] = await fluency(page, act);
  };
  const update = async (): Promise<void> => {
    crowd.pass();
    await page.evaluate(refresh);
  };

  // Time goes on, and the cards with it.
  const first = panel.card(crowd.name(0)).words;
  const before = await first.textContent();
  await update();
  await expect(first).not.toHaveText(before!);

  // What measures sees what is slow.
  const busy = await fluency(page, () => page.evaluate(keepBusy, 2 * LONGEST_TASK));
  expect(busy.task).toBeGreaterThan(LONGEST_TASK);

  await measure('scrolling the cards', () => scrollThrough(page, CONTENT));
  await measure('updating the cards', update);
  await measure('scrolling while they update', () =>
    Promise.all([scrollThrough(page, CONTENT), update()])
  );
  await picture(page, 'many-clusters');

  console.log(measured);
  for (const [name, { task }] of Object.entries(measured)) {
    expect.soft(task, name).toBeLessThanOrEqual(LONGEST_TASK);
  }
});
