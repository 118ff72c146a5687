import { expectPresentable } from '../harness/accessible';
import { expect, expectNoTrace, test } from '../harness/test';

test('A size in any unit is whole jobs, and what waits says why', async ({
  page,
  panel,
  jupyter
}) => {
  // Two nodes of 16 cores: two such jobs run, the others wait.
  const card = await panel.runningCluster('in-units', {
    cores: '12',
    memory: '16 GB',
    processes: '1',
    walltime: '00:20:00',
    scaling: '0'
  });
  await card.unit('cores');
  await card.amount('50');
  await expect(card.sentence).toHaveText('50 cores → 5 jobs = 60 cores, 80 GB');
  await expect.poll(() => jupyter.slurm.jobs()).toHaveLength(5);
  await expect(card.root.getByTestId('pending-reason')).toContainText('(Resources)');
  await card.connected(2);
  await expect(card.words).toHaveText('2 connected3 pending');
  await expectPresentable(page, '.jp-DaskSlurm', 'pending');

  await card.unit('memory');
  await card.amount('20 GB');
  await expect(card.sentence).toHaveText('20 GB → 2 jobs = 24 cores, 32 GB');
  await expect.poll(() => jupyter.slurm.jobs()).toHaveLength(2);
  await expect(card.root.getByTestId('pending-reason')).toHaveCount(0);

  await card.amount('much');
  await expect(card.root.locator('.jp-DaskSlurm-bubble')).toContainText('16 GB');
  expect(await jupyter.slurm.jobs()).toHaveLength(2);

  await card.stop();
  await expectNoTrace(jupyter);
});

test('What Slurm refuses stands on the card in its own words, and Retry tries again', async ({
  page,
  panel,
  jupyter
}) => {
  const { slurm } = jupyter;
  const card = await panel.runningCluster('refused', {
    cores: '1',
    memory: '1 GB',
    walltime: '00:20:00',
    scaling: '0'
  });
  await slurm.command('scontrol', 'update', 'PartitionName=debug', 'State=INACTIVE');
  try {
    await card.slide(1);
    await expect(card.problem).toContainText('Required partition not available');
    await expectPresentable(page, '.jp-DaskSlurm', 'refused');
    expect(await slurm.jobs()).toEqual([]);
  } finally {
    await slurm.command('scontrol', 'update', 'PartitionName=debug', 'State=UP');
  }
  await card.problem.getByRole('button', { name: 'Retry' }).click();
  await card.connected(1);
  await expect(card.problem).toHaveCount(0);

  await card.stop();
  await expectNoTrace(jupyter);
});
