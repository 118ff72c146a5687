import type { JupyterFrontEnd } from '@jupyterlab/application';

import { expectAccessible, expectPresentable } from '../harness/accessible';
import { Crowd } from '../harness/crowd';
import { fluency, LONGEST_TASK, scrollThrough, type IFluency } from '../harness/fluency';
import { JobsTab } from '../harness/jobs';
import { Panel } from '../harness/panel';
import { expect, test } from '../harness/test';

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
  await measure('scrolling the cards while they update', () =>
    Promise.all([scrollThrough(page, CONTENT), update()])
  );
  await expectPresentable(page, '.jp-DaskSlurm', 'many-clusters');

  // The jobs, one by one: of the first cluster there are thousands.
  const jobs = new JobsTab(page);
  await panel.card(crowd.name(0)).button('Jobs').click();
  await expect(jobs.rows.first()).toBeVisible();
  // Some rows stand for all: a page with all of them is what would be slow.
  expect(await jobs.rows.count()).toBeLessThan(100);
  const table = '[data-testid="jobs-table"]';
  // Found once: to look for a role among all rows is work as well, and none of the panel's.
  const again = await jobs.root
    .getByRole('button', { name: 'Ask for the jobs now' })
    .elementHandle();
  const look = async (): Promise<void> => {
    crowd.pass();
    const answer = page.waitForResponse(/\/clusters\/0+\/jobs/);
    await again!.evaluate((node: HTMLElement) => node.click());
    await answer;
  };
  await measure('scrolling the jobs', () => scrollThrough(page, table));
  await measure('updating the jobs', look);
  await measure('scrolling the jobs while they update', () =>
    Promise.all([scrollThrough(page, table), look()])
  );
  await measure('sorting the jobs', () => jobs.sort('State'));
  await measure('filtering the jobs', () => jobs.filter.pressSequentially('n1'));
  await jobs.filter.fill('');
  await expectAccessible(page, '[data-testid="jobs-view"]');

  console.log(measured);
  for (const [name, { task }] of Object.entries(measured)) {
    expect.soft(task, name).toBeLessThanOrEqual(LONGEST_TASK);
  }
});
