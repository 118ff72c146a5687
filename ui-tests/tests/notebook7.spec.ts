import path from 'node:path';

import { expect, test } from '@playwright/test';

import { Jupyter } from '../harness/jupyter';
import { results } from '../harness/test';

test('Notebook 7 below the path of a Hub has the panel, the client and the dashboard', async ({
  browser
}) => {
  const served = { application: 'notebook', baseUrl: '/user/jo/' } as const;
  const jupyter = await Jupyter.start('local', path.join(results, 'logs'), [], served);
  try {
    const context = await browser.newContext({ extraHTTPHeaders: jupyter.headers });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('console', message => {
      if (message.type() === 'error' && message.text().includes('jupyter-dask-slurm')) {
        errors.push(message.text());
      }
    });

    // A notebook by the server's own way, with the panel beside it.
    const made = await context.request.post(`${jupyter.url}/api/contents`, {
      data: { type: 'notebook' }
    });
    expect(made.ok()).toBe(true);
    await page.goto(`${jupyter.url}/notebooks/Untitled.ipynb`);
    const notebook = page.locator('.jp-NotebookPanel');
    await expect(notebook.getByTestId('notebook-cluster')).toContainText('Dask: none');
    await page.locator('.jp-Dialog').getByRole('button', { name: 'Select' }).click();
    await page.locator('.lm-MenuBar-item', { hasText: 'Kernel' }).click();
    await page.locator('.lm-Menu-item:visible', { hasText: 'Show Dask Clusters' }).click();
    const panel = page.getByTestId('dask-slurm-panel');
    await expect(panel.getByTestId('empty-state')).toBeVisible();
    await page.screenshot({ path: path.join(results, 'screenshots', 'notebook7-empty.png') });

    await panel.getByRole('button', { name: 'New Cluster' }).click();
    const dialog = page.locator('.jp-DaskSlurm-newDialog');
    for (const [field, value] of Object.entries({
      name: 'blue-otter',
      cores: '1',
      memory: '1 GB'
    })) {
      await dialog.locator(`[data-field="${field}"] input`).first().fill(value);
    }
    await expect(dialog.getByRole('button', { name: 'Create' })).toBeEnabled();
    await dialog.getByRole('button', { name: 'Create' }).click();
    const card = panel.getByTestId('cluster-card');
    await expect(card).toHaveAttribute('data-status', 'running');
    await expect(panel).toBeVisible(); // It stays open when it is shown once more.

    // Jobs and logs are beside the notebook, and their buttons act at once.
    await card.getByRole('button', { name: 'Jobs' }).click();
    const jobs = page.getByTestId('jobs-view');
    const job = jobs.getByTestId('job-row').first();
    await job.hover();
    await job.getByRole('button', { name: /^Cancel job/ }).click();
    const question = page.locator('.jp-Dialog', { hasText: 'Cancel job' });
    await question.getByRole('button', { name: 'Keep It' }).click();
    await expect(jobs).toBeVisible();
    await job.getByRole('button', { name: /^Log of job/ }).click();
    await expect(page.getByTestId('log-text')).toBeVisible();

    await card.getByRole('button', { name: 'Insert Client' }).click();
    const cell = notebook.locator('.jp-Cell', {
      hasText: /blue-otter: a dask cluster|connect\("blue-otter"\)/
    });
    await expect(cell).toHaveCount(1);
    await page.screenshot({ path: path.join(results, 'screenshots', 'notebook7.png') });

    // The dashboard opens in a tab of the browser, through the proxy, its websocket included.
    const opened = context.waitForEvent('page');
    await card.getByRole('button', { name: 'Dashboards' }).click();
    await page.getByRole('option', { name: 'Whole Dashboard' }).click();
    const dashboard = await opened;
    const socket = dashboard.waitForEvent('websocket');
    expect(dashboard.url()).toContain('/user/jo/dask-slurm/clusters/');
    await expect(dashboard.locator('.bk-Figure canvas').first()).toBeVisible();
    expect((await socket).url()).toContain('/user/jo/dask-slurm/clusters/');

    await card.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.locator('.jp-Dialog').getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => jupyter.traces()).toEqual([]);
    expect(errors).toEqual([]);
  } finally {
    await jupyter.stop();
  }
});
