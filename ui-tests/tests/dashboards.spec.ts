import type { Locator, Page } from '@playwright/test';

import { expectAccessible } from '../harness/accessible';
import { expect, expectNoTrace, picture, test } from '../harness/test';

const small = { cores: '1', memory: '1 GB', walltime: '00:20:00', processes: '1' };

const COMPUTATION = `import dask.array as da

x = da.random.random((4_000, 4_000), chunks=(500, 500))
(x + x.T).mean().compute().round(1)`;

// Galata would wait for the launcher, which is not in front of a workspace that is brought back.
test.use({
  waitForApplication: async ({ baseURL }, use) => {
    expect(baseURL).toBeDefined();
    await use(page => page.locator('#jupyterlab-splash').waitFor({ state: 'detached' }));
  }
});

/** The addresses of the pages that are shown in the main area, below their dashboards. */
async function shown(page: Page): Promise<string[]> {
  const frames = await page.locator('#jp-main-dock-panel .jp-DaskSlurm-pane iframe').all();
  const sources = await Promise.all(frames.map(frame => frame.getAttribute('src')));
  return sources.map(source => source!.replace(/^.*\/clusters\//, '')).sort();
}

/** How bright a part of the page is on average: 0 is black, 1 is white. */
async function brightness(page: Page, part: Locator): Promise<number> {
  const png = (await part.screenshot()).toString('base64');
  return page.evaluate(async data => {
    const image = await createImageBitmap(await (await fetch(data)).blob());
    const context = new OffscreenCanvas(1, 1).getContext('2d')!;
    context.drawImage(image, 0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / (3 * 255);
  }, `data:image/png;base64,${png}`);
}

test('Plots of two clusters stand side by side, and stay with their cluster', async ({
  page,
  panel,
  jupyter
}) => {
  const otter = await panel.runningCluster('blue-otter', { ...small, scaling: '1' });
  const fox = await panel.runningCluster('red-fox', { ...small, scaling: '0' });
  const [otterId, foxId] = await Promise.all(
    [otter, fox].map(async card => (await card.root.getAttribute('data-cluster-id'))!)
  );
  await otter.connected(1);
  await otter.button('Insert Client').click();
  const cells = page.locator('.jp-NotebookPanel:visible .jp-CodeCell');
  await expect(cells.first()).toContainText(/client = (connect|Client)\(/);
  await page.notebook.runCell(0);
  await page.notebook.setCell(1, 'code', 'client');
  await page.notebook.runCell(1, true);
  await expect(cells.nth(1).locator('.jp-OutputArea-output')).toContainText(
    /(Cluster|Scheduler) Info/
  );
  // The links that dask prints lead to the dashboard, too, and for a worker to the page about it.
  const links = cells.nth(1).locator('a[href*="/dask-slurm/dashboard/"]');
  const pages = new Set<string>();
  for (const link of await links.all()) {
    const answer = await page.request.get(
      new URL((await link.getAttribute('href'))!, page.url()).href
    );
    expect(answer.ok()).toBe(true);
    pages.add(
      answer
        .url()
        .replace(/^.*\/clusters\//, '')
        .replace(/tls%3A.*html/, 'tls')
    );
  }
  expect([...pages].sort()).toEqual([
    `${otterId}/dashboard/info/worker/tls`,
    `${otterId}/dashboard/status`
  ]);
  await page.notebook.setCell(1, 'code', COMPUTATION);

  // The chooser: type, arrows, Enter.
  const chooser = page.getByTestId('plot-chooser');
  const search = chooser.getByRole('combobox');
  const options = chooser.getByRole('option');
  await otter.button('Dashboards').click();
  await expect(search).toBeFocused();
  await expect(options).toHaveCount(32); // 30 plots; those of GPUs would show nothing here.
  await picture(page, 'dashboards-chooser');
  await expectAccessible(page, '[data-testid="plot-chooser"]');
  await search.fill('stream');
  await expect(options).toHaveText(['Task Stream']);
  await search.press('Enter');
  await expect(chooser).toHaveCount(0);
  const tab = (title: string): Locator =>
    page.locator('#jp-main-dock-panel .lm-TabBar-tabLabel').getByText(title, { exact: true });
  await expect(tab('blue-otter — Task Stream')).toBeVisible();
  await fox.button('Dashboards').click();
  await search.fill('stream');
  await search.press('Enter');
  await expect(tab('red-fox — Task Stream')).toBeVisible();
  const streams = [otterId, foxId].map(id => `${id}/dashboard/individual-task-stream`).sort();
  await expect.poll(() => shown(page)).toEqual(streams);

  // The default layout, around the notebook.
  const plots = ['task-stream', 'progress', 'workers-memory', 'cpu'];
  const saved = page.waitForRequest(
    request =>
      request.method() === 'PUT' &&
      plots.every(plot => request.postData()?.includes(`${otterId}-${plot}`))
  );
  await otter.button('Dashboards').click();
  await options.filter({ hasText: 'Default Layout' }).click();
  const expected = [
    ...plots.map(plot => `${otterId}/dashboard/individual-${plot}`),
    `${foxId}/dashboard/individual-task-stream`
  ].sort();
  await expect.poll(() => shown(page)).toEqual(expected);
  await cells.nth(1).click();
  await page.notebook.runCell(1, true);
  const stream = page.frameLocator(`iframe[src*="${otterId}/dashboard/individual-task-stream"]`);
  await expect(stream.locator('.bk-Figure canvas').first()).toBeVisible();
  await picture(page, 'dashboards-light');

  // In a dark theme they are dark, at once.
  const progress = page.locator(`iframe[src*="${otterId}/dashboard/individual-progress"]`);
  expect(await brightness(page, progress)).toBeGreaterThan(0.7);
  await page.theme.setDarkTheme();
  await expect.poll(() => brightness(page, progress)).toBeLessThan(0.4);
  await picture(page, 'dashboards-dark');

  // The workspace brings them back, each to its own cluster.
  await saved;
  await page.reload();
  await expect(tab('red-fox — Task Stream')).toBeVisible();
  await expect.poll(() => shown(page)).toEqual(expected);
  await expect(stream.locator('.bk-Figure canvas').first()).toBeVisible();
  await picture(page, 'dashboards-restored');

  // They close with their cluster, and only with theirs.
  await panel.open();
  await otter.stop();
  await expect.poll(() => shown(page)).toEqual([`${foxId}/dashboard/individual-task-stream`]);
  await fox.stop();
  await expect.poll(() => shown(page)).toEqual([]);
  await expectNoTrace(jupyter);
});
