import fs from 'node:fs';
import path from 'node:path';

import { expectPresentable } from '../harness/accessible';
import { JobsTab } from '../harness/jobs';
import { LogTab } from '../harness/logs';
import { expect, expectNoTrace, test } from '../harness/test';

// After the reload it is not the launcher that is in front, for which Galata would wait.
test.use({
  // eslint-disable-next-line no-empty-pattern
  waitForApplication: ({}, use) =>
    use(page => page.locator('#jupyterlab-splash').waitFor({ state: 'detached' }))
});

/** In the page: the columns of a row that are in sight and covered by another; a state that is cut. */
function covered(row: Element): string[] {
  const table = row.closest('[role="grid"]')!.getBoundingClientRect();
  return [...row.children]
    .filter(cell => {
      const { left, right, top, bottom } = cell.getBoundingClientRect();
      const x = (left + Math.min(right, table.right)) / 2;
      const found = document.elementFromPoint(x, (top + bottom) / 2);
      const isCut = cell.matches('[data-column="stage"]') && cell.scrollWidth > cell.clientWidth;
      return isCut || (right <= table.right && found?.closest('[role="gridcell"]') !== cell);
    })
    .map(cell => cell.getAttribute('data-column')!);
}

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
  await expect(jobs.row('connected')).toHaveCount(2);
  await expect(jobs.row('pending')).toContainText('waits for free cores or memory (Resources)');
  await expect(jobs.row('connected').first()).toContainText(/(20|19) min.*1.* MB of 16 GB.* %/);
  await expectPresentable(page, '[data-testid="jobs-view"]', 'jobs');

  // Where there is little room: no state is cut, and the buttons are beside what they are about.
  const size = page.viewportSize()!;
  await page.setViewportSize({ ...size, width: 1024 });
  await jobs.action(jobs.rows.first(), /^Log of job/);
  expect(await jobs.rows.first().evaluate(covered)).toEqual([]);
  await page.setViewportSize(size);

  await jobs.sort('State');
  await expect(jobs.rows.last()).toContainText('pending');
  await jobs.sort('State');
  await expect(jobs.rows.first()).toContainText('pending');
  await jobs.chip('connected').click();
  await expect(jobs.rows).toHaveCount(2);
  await jobs.chip('connected').click();
  // The log of a job, as it is written: to its end, until the reader scrolls up.
  const worker = jobs.row('connected').first();
  const id = await worker.getAttribute('data-job-id');
  await (await jobs.action(worker, /^Log of job/)).click();
  const log = new LogTab(page);
  await expect(log.text).toContainText('Registered to');
  const file = path.join(jupyter.stateDirectory, (await card.id())!, 'jobs', `${id}.log`);
  fs.appendFileSync(file, '\u001b[31mscarlet\u001b[0m\n'.repeat(200));
  await expect(log.text).toContainText('scarlet');
  await expect.poll(() => log.isAtEnd()).toBe(true);
  await expectPresentable(page, '[data-testid="log-view"]', 'log');
  await log.text.press('PageUp');
  await expect(log.follow).toBeVisible();
  fs.appendFileSync(file, 'one more\n');
  await expect(log.text).toContainText('one more');
  expect(await log.isAtEnd()).toBe(false);
  await log.follow.click();
  await expect.poll(() => log.isAtEnd()).toBe(true);
  await log.source.selectOption('Controller');
  await expect(log.text).toContainText(': ready on');

  await page.getByRole('tab', { name: 'Jobs of tabulated' }).click();
  await jobs.filter.fill('resources');
  await expect(jobs.count).toHaveText('1 of 3 jobs');

  // One less is wanted then, and none waits.
  await jobs.cancel(jobs.rows.first());
  await expect(card.sentence).toContainText('2 jobs');
  await expect.poll(() => jupyter.slurm.jobs()).toHaveLength(2);
  await jobs.filter.fill('');
  await expect(jobs.rows).toHaveCount(2);
  await jobs.root.getByRole('button', { name: 'Show 1 ended job' }).click();
  await expect(jobs.row('ended as asked')).toHaveCount(1);

  await page.reload();
  await page.getByRole('tab', { name: 'Logs of tabulated' }).click();
  await expect(log.text).toContainText(': ready on');
  await page.getByRole('tab', { name: 'Jobs of tabulated' }).click();
  await expect(jobs.row('connected')).toHaveCount(2);

  await panel.open();
  await card.stop();
  await expect(jobs.root.getByTestId('cluster-gone')).toContainText('tabulated is gone');
  await expectNoTrace(jupyter);
});
