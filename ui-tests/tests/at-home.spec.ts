import type { Locator } from '@playwright/test';

import { expect, expectNoTrace, picture, test } from '../harness/test';

test('A cluster is at home in JupyterLab, from the launcher to the list of what runs', async ({
  page,
  panel,
  jupyter
}) => {
  // Launcher and menus
  await page.menu.open('File>New');
  await expect(page.locator('.lm-Menu-item:visible', { hasText: 'Dask cluster' })).toBeVisible();
  await page.menu.closeAll();
  await page.locator('.jp-LauncherCard', { hasText: 'Dask cluster' }).click();
  await expect(panel.field('name')).toBeFocused();
  await panel.fill({
    name: 'blue-otter',
    cores: '1',
    memory: '1 GB',
    walltime: '00:20:00',
    processes: '1',
    scaling: '1'
  });
  await expect(panel.create).toBeEnabled();
  await panel.create.click();
  const card = panel.card('blue-otter');

  // Notification and status bar
  const toast = page.locator('.Toastify__toast', { hasText: 'blue-otter is ready (1 worker)' });
  await expect(toast).toBeVisible({ timeout: 60_000 });
  const status: Locator = page.getByTestId('status-item');
  await expect(status).toHaveText('1 core');
  await expect(status).toHaveAttribute('title', /^blue-otter: running, 1 of 1 job connected/);
  await picture(page, 'at-home');
  await toast.getByRole('button', { name: 'Show' }).click();

  // What runs: a click shows the card
  await page.sidebar.openTab('jp-running-sessions');
  const section = page.locator('.jp-RunningSessions-section', { hasText: 'blue-otter' });
  await picture(page, 'running');
  await section.getByText('blue-otter').click();
  await expect(card.root).toBeVisible();

  // The menu of the card by a right click
  await card.root.getByTestId('job-size').click({ button: 'right' });
  await expect(
    page.locator('.lm-Menu-item:visible', { hasText: 'Copy Client Code' })
  ).toBeVisible();
  await page.keyboard.press('Escape');

  // The settings turn it off
  await page.evaluate(() =>
    window.jupyterapp.commands.execute('settingeditor:open', { query: 'Dask clusters' })
  );
  const settings = page.locator('.jp-SettingsForm:visible, .jp-SettingsPanel:visible').first();
  await settings.getByRole('checkbox', { name: 'Status bar' }).uncheck();
  await settings.getByRole('checkbox', { name: 'Notify' }).uncheck();
  await picture(page, 'settings');
  await expect(status).toBeHidden();
  await card.slide(0);
  await expect.poll(() => jupyter.slurm.jobs()).toEqual([]);
  await card.amount('1');
  await card.connected(1);
  await expect(page.locator('.Toastify__toast')).toHaveCount(0);

  // Stop all that runs
  await page.sidebar.openTab('jp-running-sessions');
  await page
    .locator('[aria-label="Dask Clusters section"], .jp-RunningSessions-section', {
      hasText: 'blue-otter'
    })
    .first()
    .hover();
  await page.getByRole('button', { name: 'Stop All' }).click();
  await page.locator('.jp-Dialog').getByRole('button', { name: 'Stop All' }).click();
  await expectNoTrace(jupyter);
});
