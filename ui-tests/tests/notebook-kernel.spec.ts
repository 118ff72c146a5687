import { expectAccessible } from '../harness/accessible';
import { expect, expectNoTrace, picture, test } from '../harness/test';

// Galata's stand-in for the list of kernels leaves one that is restarted without its connection.
test.use({ kernels: null, sessions: null });

const small = { cores: '1', memory: '1 GB', walltime: '00:20:00', processes: '1' };

test('A notebook has its cluster again whenever its kernel starts', async ({
  page,
  panel,
  jupyter
}) => {
  const card = await panel.runningCluster('blue-otter', { ...small, scaling: '1' });
  await page.notebook.createNew();
  const link = page.locator('.jp-NotebookPanel:visible').getByTestId('notebook-cluster');
  await expect(link).toContainText('Dask: none');
  await link.click();
  await page.locator('.lm-Menu-item:visible', { hasText: 'blue-otter' }).click();
  await expect(link).toContainText('connected, 1 worker');
  await picture(page, 'notebook-cluster');
  await expectAccessible(page, '.jp-DaskSlurm-linkItem');

  // A new kernel has a client as well, and no cell had to make it.
  const restarted = page.evaluate(async () => {
    const { sessionContext } = window.jupyterapp.shell.currentWidget as unknown as {
      sessionContext: { restartKernel: () => Promise<void> };
    };
    await sessionContext.restartKernel();
  });
  await restarted;
  await expect(link).toContainText('connected, 1 worker');
  await picture(page, 'restarted');
  await page.notebook.setCell(0, 'code', 'client.submit(sum, [20, 22]).result()');
  await page.notebook.runCell(0, true);
  expect(await page.notebook.getCellTextOutput(0)).toEqual(['42']);
  await expect(link).toContainText('connected, 1 worker');

  await card.stop();
  await expect(link).toContainText('the cluster is gone');
  await expectNoTrace(jupyter);
});
