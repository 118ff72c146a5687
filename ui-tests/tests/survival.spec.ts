import { expect, expectNoTrace, test } from '../harness/test';

// Galata would answer for the kernels of the server that is killed here.
test.use({ kernels: null, sessions: null, terminals: null });

test('A cluster outlives the page and the Jupyter server', async ({ page, panel, jupyter }) => {
  const fields = { cores: '1', memory: '1 GB', walltime: '00:20:00', scaling: '1' };
  const card = await panel.runningCluster('survivor', fields);
  await card.connected(1);
  const [job] = await jupyter.slurm.jobs();

  await page.reload();
  await panel.open();
  await card.connected(1);

  await jupyter.crash();
  await page.reload();
  await panel.open();
  await expect(card.root).toHaveAttribute('data-status', 'running');
  await card.connected(1);
  expect(await jupyter.slurm.jobs()).toEqual([job]);

  // It is still ours to scale.
  await card.slide(0);
  await expect.poll(() => jupyter.slurm.jobs()).toEqual([]);
  await card.stop();
  await expectNoTrace(jupyter);
});
