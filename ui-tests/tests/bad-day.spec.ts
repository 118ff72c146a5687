import fs from 'node:fs';
import path from 'node:path';

import { expectPresentable } from '../harness/accessible';
import { JobsTab } from '../harness/jobs';
import { expect, expectNoTrace, picture, test } from '../harness/test';

const PANEL = '.jp-DaskSlurm';
const small = { cores: '1', memory: '1 GB', walltime: '00:20:00', processes: '1' };

test('A cluster follows its tasks within a range, and ends when nobody uses it', async ({
  page,
  panel,
  jupyter
}) => {
  const card = await panel.runningCluster('follower', { ...small, scaling: '0' });
  const adaptive = card.root.getByTestId('adaptive');

  // The minimum is there though no task asks for it.
  await card.mode('Adaptive');
  await card.range('Maximum', 2);
  await card.range('Minimum', 1);
  await expect(card.sentence).toHaveText('1–2 jobs = up to 2 cores, 2 GB');
  await card.connected(1);
  await expect(adaptive).toContainText('No more than the minimum is needed');

  // What it will do, and when; and the jobs one by one.
  await card.range('Minimum', 0);
  await expect(adaptive).toContainText(/; shrinks in /);
  const jobs = new JobsTab(page);
  await card.button('Jobs').click();
  await expect(jobs.rows).toContainText('connectedn');
  await expectPresentable(page, PANEL, 'adaptive');

  // A job is cancelled, and the cluster wants one less.
  await card.mode('Fixed');
  await expect(card.sentence).toHaveText('1 job = 1 core, 1 GB');
  await jobs.cancel(jobs.row('connected'));
  await expect(card.sentence).toHaveText('No jobs; the scheduler keeps running');
  await expect.poll(() => jupyter.slurm.jobs()).toEqual([]);

  // Idle: counted down, and extended by a click.
  await card.menu('Idle Time-out', 'Other');
  const question = page.locator('.jp-Dialog');
  await question.getByRole('textbox').fill('1:00');
  await expect(question.getByTestId('echo-idle')).toHaveText('= 1 min');
  await question.getByRole('button', { name: 'Set' }).click();
  const idle = card.root.getByTestId('idle');
  // Some seconds are over: there is something to win by a click.
  await expect(idle).toContainText(/Idle; stops in ([1-4]\d|5[0-6]) s/);
  await picture(page, 'idle');
  const stop = async (): Promise<number> => {
    const answer = await page.request.get(`${jupyter.url}/dask-slurm/api/clusters`);
    const [{ idle_stop }] = (await answer.json()) as { idle_stop: string }[];
    return Date.parse(idle_stop);
  };
  const before = await stop();
  await idle.getByRole('button', { name: 'Extend' }).click();
  await expect.poll(stop).toBeGreaterThan(before);

  await card.stop();
  await expectNoTrace(jupyter);
});

test('A silent Slurm and a dead controller are said, and there is a way on', async ({
  page,
  panel,
  jupyter
}) => {
  const { slurm } = jupyter;
  const card = await panel.runningCluster('bad-day', { ...small, scaling: '1' });
  await card.connected(1);

  await slurm.signal('STOP');
  try {
    await card.slide(2);
    await expect(card.problem).toContainText('Slurm does not answer since');
    await expect(card.problem).toContainText('Running work goes on.');
    await expectPresentable(page, PANEL, 'slurm-silent');
  } finally {
    await slurm.signal('CONT');
  }
  await expect(card.problem).toHaveCount(0);
  await card.connected(2);

  jupyter.killControllers();
  await expect(card.root).toHaveAttribute('data-status', 'failed');
  await expect(card.problem).toContainText('Its controller died');
  await expect.poll(() => slurm.jobs()).toEqual([]);
  await expectPresentable(page, PANEL, 'controller-died');
  await card.button('Start Again').click();
  await expect(card.root).toHaveAttribute('data-status', 'running');
  await card.connected(2);

  await card.stop();
  await expectNoTrace(jupyter);
});

test('Jobs that no cluster looks after are found, and cancelled', async ({
  page,
  panel,
  jupyter
}) => {
  const { slurm } = jupyter;
  // Its output goes to a cluster's directory, of a registry that is not ours.
  const jobs = path.join(jupyter.home, '77aa12bc', 'jobs');
  fs.mkdirSync(jobs, { recursive: true });
  await slurm.command(
    'sbatch',
    '--job-name=lost-lynx-77aa12bc-1',
    '--mem=1G',
    `--output=${jobs}/%j.log`,
    '--wrap=sleep 600'
  );
  const orphans = panel.root.getByTestId('orphans');
  await panel.root.getByRole('button', { name: 'Refresh' }).click();
  await expect(orphans).toContainText('1 leftover job');
  await orphans.getByRole('button', { name: 'Show' }).click();
  await expect(orphans.getByTestId('orphan')).toContainText('lost-lynx');
  await expectPresentable(page, PANEL, 'orphans');
  await orphans.getByRole('button', { name: 'Cancel the jobs of lost-lynx' }).click();
  await page.locator('.jp-Dialog').getByRole('button', { name: 'Cancel the Jobs' }).click();
  await expect(orphans).toHaveCount(0);
  await expect.poll(() => slurm.jobs()).toEqual([]);
});
