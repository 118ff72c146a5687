import fs from 'node:fs';
import path from 'node:path';

import { test as galata } from '@jupyterlab/galata';
import galataUtils from '@jupyterlab/galata/lib/utils.js';
import { expect, type Page } from '@playwright/test';

import { type BatchSystem, Jupyter } from './jupyter';
import { Panel } from './panel';
import { PATIENCE } from './processes';

export { expect } from '@playwright/test';

// Galata gives up after a quarter of a minute, which a busy machine may need for its first page.
const { waitForCondition } = galataUtils;
galataUtils.waitForCondition = condition => waitForCondition(condition, PATIENCE);

/** Where pictures and logs go; `tests/run` names a directory of its own. */
export const results =
  process.env.JDS_TEST_RESULTS ?? path.resolve(import.meta.dirname, '../../test-results');

interface IFixtures {
  panel: Panel;
}

interface IWorkerFixtures {
  batchSystem: BatchSystem;
  /**
   * Options of the Slurm beneath, for a whole spec: `test.use({ lab: '--gpus 2 --accounts' })` has a
   * partition `gpu`, accounts and a QOS.
   */
  lab: string;
  jupyter: Jupyter;
}

/** Galata's `test` on a JupyterLab of our own, one per batch system. */
export const test = galata.extend<IFixtures, IWorkerFixtures>({
  batchSystem: ['slurm', { option: true, scope: 'worker' }],

  lab: ['', { option: true, scope: 'worker' }],

  jupyter: [
    async ({ batchSystem, lab }, use) => {
      const options = lab.split(' ').filter(Boolean);
      const jupyter = await Jupyter.start(batchSystem, path.join(results, 'logs'), options);
      await use(jupyter);
      await jupyter.stop();
    },
    { scope: 'worker', timeout: 2 * PATIENCE }
  ],

  baseURL: async ({ jupyter }, use) => use(jupyter.url),

  extraHTTPHeaders: async ({ jupyter }, use) => use(jupyter.headers),

  // Galata names it after the test, and the launcher shows that in every picture.
  tmpPath: async ({ jupyter }, use) => {
    const directory = path.join(jupyter.notebooks, 'analysis');
    fs.mkdirSync(directory);
    await use('analysis');
    fs.rmSync(directory, { recursive: true });
  },

  panel: async ({ page, jupyter }, use) => {
    // What the test before entered last is not to fill in this one's form.
    fs.rmSync(path.join(jupyter.stateDirectory, 'last-values.json'), { force: true });
    const panel = new Panel(page);
    await panel.open();
    await use(panel);
  }
});

/** Nothing is left of any cluster: no directory with a key, no process, no job. */
export async function expectNoTrace(jupyter: Jupyter): Promise<void> {
  await expect.poll(() => jupyter.traces()).toEqual([]);
}

/** Keep a picture for the documentation. `expectPresentable` takes one of each theme. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(results, 'screenshots', `${name}.png`) });
}
