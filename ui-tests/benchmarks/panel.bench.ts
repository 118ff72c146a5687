import fs from 'node:fs';

import type { JupyterFrontEnd } from '@jupyterlab/application';

import { Crowd } from '../harness/crowd';
import { JobsTab } from '../harness/jobs';
import { Panel } from '../harness/panel';
import { scrollThrough } from '../harness/scroll';
import { expect, test } from '../harness/test';
import { fluency, type IFluency } from './fluency';

// The server is stood in for before the page asks it for the first time.
test.use({ autoGoto: false });

const CARDS = '.jp-DaskSlurm-content';
const TABLE = '[data-testid="jobs-table"]';

/** In the page: what the button Refresh does, and wait for its answers. */
function refresh(): Promise<unknown> {
  const { jupyterapp } = window as unknown as { jupyterapp: JupyterFrontEnd };
  return jupyterapp.commands.execute('dask-slurm:refresh');
}

/** By what was done; `benchmarks/panel.py` reads it from the file that it names. */
type Measured = Record<string, IFluency>;

const measured: Record<string, Measured> = {};

test.afterAll(() => {
  fs.writeFileSync(process.env.JDS_MEASURED!, JSON.stringify(measured));
});

for (const [clusters, jobsOfAll] of [
  [5, 250],
  [50, 5000]
]) {
  test(`${clusters} clusters, ${jobsOfAll} jobs`, async ({ page }) => {
    const panel = new Panel(page);
    const crowd = new Crowd(clusters, jobsOfAll);
    const results: Measured = {};
    measured[`${clusters} clusters, ${jobsOfAll} jobs`] = results;
    const measure = async (name: string, act: () => Promise<unknown>): Promise<void> => {
      results[name] = await fluency(page, act);
    };
    const update = async (): Promise<void> => {
      crowd.pass();
      await page.evaluate(refresh);
    };
    await crowd.serve(page);
    await page.goto();
    await panel.open();
    await expect(panel.root.getByTestId('cluster-card')).toHaveCount(clusters);

    await measure('scrolling the cards', () => scrollThrough(page, CARDS));
    await measure('updating the cards', update);
    await measure('scrolling the cards while they update', () =>
      Promise.all([scrollThrough(page, CARDS), update()])
    );

    const jobs = new JobsTab(page);
    await panel.card(crowd.name(0)).open();
    await panel.card(crowd.name(0)).button('Jobs').click();
    await expect(jobs.rows.first()).toBeVisible();
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
    await measure('scrolling the jobs', () => scrollThrough(page, TABLE));
    await measure('updating the jobs', look);
    await measure('scrolling the jobs while they update', () =>
      Promise.all([scrollThrough(page, TABLE), look()])
    );
    await measure('sorting the jobs', () => jobs.sort('State'));
    await measure('filtering the jobs', async () => {
      await jobs.filter.pressSequentially('n1');
      await jobs.filter.fill('');
    });
  });
}
