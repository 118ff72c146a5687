import type { Page } from '@playwright/test';

import { expectPresentable } from '../harness/accessible';
import { expect, expectNoTrace, picture, test } from '../harness/test';

const COMPUTATION = `import dask.array as da

x = da.random.random((10_000, 10_000), chunks=(1_000, 1_000))
(x + x.T).mean().compute().round(1)`;

/** How many tasks the dashboard's task stream shows: it draws on a canvas, its data tells. */
async function tasksDrawn(page: Page): Promise<number> {
  const frame = page.frames().find(each => each.url().includes('/dashboard'));
  return frame!.evaluate(() => {
    interface IModel {
      type: string;
      data?: { duration?: { length: number } };
    }
    interface IBokeh {
      documents: { all_models: Set<IModel> }[];
    }
    const { Bokeh } = window as unknown as { Bokeh: IBokeh };
    const models = Bokeh.documents.flatMap(document => [...document.all_models]);
    return Math.max(0, ...models.map(model => model.data?.duration?.length ?? 0));
  });
}

test('From an empty panel to a computed array, and nothing left behind', async ({
  page,
  panel,
  jupyter
}) => {
  const name = jupyter.batchSystem;
  await expect(panel.root.getByTestId('empty-state')).toBeVisible();
  await expectPresentable(page, '.jp-DaskSlurm', `${name}-empty`);

  // New cluster
  await panel.openDialog();
  await panel.fill({
    name: 'blue-otter',
    cores: '1',
    memory: '2 GB',
    walltime: '00:20:00',
    processes: '1',
    scaling: '0'
  });
  await expect(panel.dialog.getByTestId('job-script')).toContainText('--cpus-per-task=1');
  await expect(panel.create).toBeEnabled();
  await picture(page, `${name}-new-cluster`);
  await panel.create.click();
  const card = panel.card('blue-otter');
  await expect(card.root).toHaveAttribute('data-status', 'running');

  // Slider
  await card.slide(2);
  await expect(card.sentence).toHaveText('2 jobs = 2 cores, 4 GB');
  await card.connected(2);
  if (name === 'slurm') {
    expect(await jupyter.slurm.jobs()).toHaveLength(2);
  }

  // Insert client, run the cell, compute
  const notebook = page.locator('.jp-NotebookPanel:visible');
  await card.button('Insert Client').click();
  await expect(notebook.locator('.jp-CodeCell').first()).toContainText(
    'client = connect("blue-otter")'
  );
  await page.notebook.runCell(0);
  await page.notebook.setCell(1, 'code', 'client');
  await page.notebook.runCell(1, true);
  await expect(notebook.locator('.jp-OutputArea-output').first()).toContainText('Cluster Info');
  await page.notebook.setCell(1, 'code', COMPUTATION);
  await page.notebook.runCell(1, true);
  expect((await page.notebook.getCellTextOutput(1))?.[0]).toContain('1.0');

  // Dashboard: its plots are there, and they move when something is computed
  await card.button('Dashboards').click();
  await page.getByRole('option', { name: 'Whole Dashboard' }).click();
  const dashboard = page.frameLocator('iframe[src*="/dashboard"]');
  await expect(dashboard.locator('.bk-Figure canvas').first()).toBeVisible();
  await notebook.locator('.jp-CodeCell').nth(1).click();
  await page.notebook.runCell(1, true);
  await expect.poll(() => tasksDrawn(page)).toBeGreaterThan(0);
  await expectPresentable(page, '.jp-DaskSlurm', `${name}-panel`);

  // Stop
  await card.stop();
  await expect(panel.root.getByTestId('empty-state')).toBeVisible();
  await expectNoTrace(jupyter);
});
