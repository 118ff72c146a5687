import { expect, expectNoTrace, picture, test } from '../harness/test';

const small = { cores: '1', memory: '1 GB', walltime: '00:20:00', processes: '1' };

test('A client comes into a notebook in every way, and only once', async ({
  page,
  panel,
  jupyter
}) => {
  const card = await panel.runningCluster('blue-otter', { ...small, scaling: '0' });
  const cells = page.locator('.jp-NotebookPanel:visible .jp-Notebook .jp-Cell');
  const ours = cells.filter({ hasText: /blue-otter: a dask cluster|connect\("blue-otter"\)/ });

  // By the button, into a new notebook; and again.
  await card.button('Insert Client').click();
  await expect(ours).toHaveCount(1);
  await card.button('Insert Client').click();
  await page.notebook.addCell('code', 'x = 1');
  await page.notebook.addCell('code', 'y = 2');

  // By the context menu of a cell: it leads to the cell that is there.
  await cells.last().click({ button: 'right' });
  await page.locator('.lm-Menu-item:visible', { hasText: 'Insert Dask Client' }).hover();
  await expect(page.locator('.lm-Menu-item:visible', { hasText: 'blue-otter' })).toBeVisible();
  await picture(page, 'context-menu');
  await page.locator('.lm-Menu-item:visible', { hasText: 'blue-otter' }).click();
  await expect(ours).toHaveCount(1);
  await expect(ours).toHaveClass(/jp-mod-active/);

  // By its card, dragged onto a cell: above that one where there is none yet.
  await page.keyboard.press('d');
  await page.keyboard.press('d');
  await expect(ours).toHaveCount(0);
  await card.drag(cells.last(), () => picture(page, 'drag'));
  await expect(ours).toHaveCount(1);
  await expect(cells.nth((await cells.count()) - 2)).toContainText(
    /blue-otter: a dask cluster|connect\("blue-otter"\)/
  );
  // And where there is one, it moves there.
  await card.drag(cells.first());
  await expect(cells.first()).toContainText(/blue-otter: a dask cluster|connect\("blue-otter"\)/);
  await expect(ours).toHaveCount(1);

  await card.stop();
  await expectNoTrace(jupyter);
});
