import { JobsTab } from '../harness/jobs';
import { expect, expectNoTrace, picture, test } from '../harness/test';

// After the reload it is not the launcher that is in front, for which Galata would wait.
test.use({
  // eslint-disable-next-line no-empty-pattern
  waitForApplication: ({}, use) =>
    use(page => page.locator('#jupyterlab-splash').waitFor({ state: 'detached' }))
});

test('The jobs of a cluster are a table in a tab, which is there again after a reload', async ({
  page,
  panel,
  jupyter
}) => {
  // Two nodes of 16 cores: two such jobs run, the third waits.
  const card = await panel.runningCluster('tabulated', {
    cores: '12',
    memory: '16 GB',
    processes: '1',
    walltime: '00:20:00',
    scaling: '3'
  });
  await card.button('Jobs').click();
  const jobs = new JobsTab(page);
  await expect(jobs.rows).toHaveCount(3);
  await card.connected(2);
  await expect(jobs.row('connected')).toHaveCount(2, { timeout: 20_000 });
  await expect(jobs.row('pending')).toContainText('waits for free cores or memory (Resources)');
  await expect(jobs.row('connected').first()).toContainText(/(20|19) min.*1.* MB of 16 GB.* %/);
  await picture(page, 'jobs');

  await jobs.sort('State');
  await expect(jobs.rows.last()).toContainText('pending');
  await jobs.sort('State');
  await expect(jobs.rows.first()).toContainText('pending');
  await jobs.chip('connected').click();
  await expect(jobs.rows).toHaveCount(2);
  await jobs.chip('connected').click();
  await jobs.filter.fill('resources');
  await expect(jobs.count).toHaveText('1 of 3 jobs');

  // One less is wanted then, and none waits.
  await jobs.cancel(jobs.rows.first());
  await expect(card.sentence).toContainText('2 jobs');
  await expect.poll(() => jupyter.slurm.jobs()).toHaveLength(2);
  await jobs.filter.fill('');
  await expect(jobs.row('ended (CANCELLED)')).toHaveCount(1, { timeout: 20_000 });

  await page.reload();
  await expect(jobs.row('connected')).toHaveCount(2, { timeout: 60_000 });

  await panel.open();
  await card.stop();
  await expect(jobs.root.getByTestId('cluster-gone')).toContainText('tabulated is gone');
  await expectNoTrace(jupyter);
});
