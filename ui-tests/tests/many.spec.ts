import { isDeepStrictEqual } from 'node:util';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Page } from '@playwright/test';

import { expectAccessible, expectPresentable } from '../harness/accessible';
import { Crowd } from '../harness/crowd';
import { JobsTab } from '../harness/jobs';
import { Panel } from '../harness/panel';
import { scrollThrough } from '../harness/scroll';
import { expect, test } from '../harness/test';
import { countWork, workOf } from '../harness/work';

// The server is stood in for before the page asks it for the first time.
test.use({ autoGoto: false });
// A trace copies every row again and again.
test.use({ trace: 'off' });

const CLUSTERS = 50;
const JOBS = 5000;
const PANEL = '[data-testid="dask-slurm-panel"]';
const CARDS = '.jp-DaskSlurm-content';
const VIEW = '[data-testid="jobs-view"]';
const ROW = '[data-testid="job-row"]';
const TABLE = '[data-testid="jobs-table"]';

/** Rows that stand for all: those in sight, and some above and below. */
const WINDOW = 60;

const NOTHING = new Set<string>();

/** In the page: what the button Refresh does, and wait for its answers. */
function refresh(): Promise<unknown> {
  const { jupyterapp } = window as unknown as { jupyterapp: JupyterFrontEnd };
  return jupyterapp.commands.execute('dask-slurm:refresh');
}

/**
 * How long all this takes is measured in `benchmarks/`; what makes it long is counted here: what is drawn
 * again, what is in the document, what is asked.
 */
test('Fifty clusters and five thousand jobs cost as much as what changes and what is seen', async ({
  page
}) => {
  const panel = new Panel(page);
  const crowd = new Crowd(CLUSTERS, JOBS);
  await crowd.serve(page);
  await countWork(page);
  // Texts such as "in 18 min" are drawn again when they say something else: not by themselves, then.
  await page.clock.setFixedTime(Date.now());
  await page.goto();
  await panel.open();
  await expect(panel.root.getByTestId('cluster-card')).toHaveCount(CLUSTERS);
  const update = async (): Promise<void> => {
    crowd.pass();
    await page.evaluate(refresh);
  };

  // Time goes on, and those cards with it whose clusters are other than before.
  await panel.card(crowd.name(0)).open();
  const first = panel.card(crowd.name(0)).words;
  const before = await first.textContent();
  const updated = await workOf(page, PANEL, update);
  await expect(first).not.toHaveText(before!);
  expect(updated.drawn).toEqual(once(crowd.changing));
  expect(updated.changed).toEqual(crowd.changing);
  expect(updated.requests.sort()).toEqual(['GET clusters', 'GET orphans', 'GET site']);

  const same = await workOf(page, PANEL, () => page.evaluate(refresh));
  expect(same).toMatchObject({ drawn: once([]), changed: NOTHING });

  const scrolled = await workOf(page, PANEL, () => scrollThrough(page, CARDS));
  expect(scrolled).toMatchObject({ drawn: once([]), changed: NOTHING, requests: [] });
  const both = await workOf(page, PANEL, () => Promise.all([scrollThrough(page, CARDS), update()]));
  expect(both.drawn).toEqual(once(crowd.changing));
  await expectPresentable(page, '.jp-DaskSlurm', 'many-clusters');

  // The jobs, one by one: of the first cluster there are thousands.
  const jobs = new JobsTab(page);
  const opened = await workOf(page, 'body', async () => {
    await panel.card(crowd.name(0)).button('Jobs').click();
    await expect(jobs.rows.first()).toBeVisible();
  });
  // What counts sees what is drawn.
  expect([...opened.drawn.keys()]).toEqual(expect.arrayContaining(await idsOf(page)));
  expect(opened.requests).toEqual(['GET clusters/00000000/jobs']);
  await expect(jobs.count).toHaveText(`${crowd.jobsOf(0).length} jobs`);

  // What sticks while the table is scrolled is a layer of its own: its head, and no cell of a row.
  expect(await sticking(page)).toBe(1);
  const through = await workOf(page, VIEW, async () => {
    expect(await scrollThrough(page, TABLE, ROW)).toBeLessThan(WINDOW);
  });
  expect(through.requests).toEqual([]);
  expect(await page.locator(ROW).count()).toBeLessThan(WINDOW);

  // Twenty rows further on: those that come into sight are drawn, and no other.
  const there = await idsOf(page);
  const further = await workOf(page, VIEW, () => scrollDown(page, 20));
  const come = (await idsOf(page)).filter(id => !there.includes(id));
  expect(come.length).toBeGreaterThanOrEqual(10);
  expect(further.drawn).toEqual(once(come));

  // Of what is new only what is seen is drawn, and of what is seen only what is new, or elsewhere: jobs
  // that have ended go to the end.
  const old = new Map(crowd.jobsOf(0).map(job => [job.id, job]));
  const places = await placesOf(page);
  const looked = await workOf(page, VIEW, async () => {
    crowd.pass();
    const answer = page.waitForResponse(/\/clusters\/0+\/jobs/);
    await jobs.root.getByRole('button', { name: 'Ask for the jobs now' }).click();
    await answer;
  });
  const seen = await placesOf(page);
  const other = crowd
    .jobsOf(0)
    .filter(({ id }) => seen.has(id))
    .filter(
      job => !isDeepStrictEqual(job, old.get(job.id)) || seen.get(job.id) !== places.get(job.id)
    );
  expect(other.length).toBeLessThan(seen.size);
  expect(looked.drawn).toEqual(once(other.map(job => job.id)));
  expect(looked.requests).toEqual(['GET clusters/00000000/jobs']);

  const sorted = await workOf(page, VIEW, () => jobs.sort('State'));
  expect(sorted.drawn.size).toBeLessThan(2 * WINDOW); // where it was, and at the beginning
  expect(sorted.requests).toEqual([]);

  const filtered = await workOf(page, VIEW, () => jobs.filter.pressSequentially('n1'));
  expect(filtered.drawn.size).toBeLessThan(2 * WINDOW); // of two letters
  expect(filtered.requests).toEqual([]);
  await jobs.filter.fill('');
  await expectAccessible(page, VIEW);
});

/** How many elements of the table stay in their place while it is scrolled. */
function sticking(page: Page): Promise<number> {
  return page
    .locator(`${TABLE} *`)
    .evaluateAll(all => all.filter(node => getComputedStyle(node).position === 'sticky').length);
}

/** Each of those was drawn once, and nothing else. */
function once(ids: Iterable<string>): Map<string, number> {
  return new Map([...ids].map(id => [id, 1]));
}

/** The jobs that have a row in the document. */
function idsOf(page: Page): Promise<string[]> {
  return page
    .locator(ROW)
    .evaluateAll(rows => rows.map(row => (row as HTMLElement).dataset.jobId!));
}

/** The place in the table of each job that has a row in the document. */
async function placesOf(page: Page): Promise<Map<string, string | null>> {
  const places = await page
    .locator(ROW)
    .evaluateAll(rows =>
      rows.map(
        row => [(row as HTMLElement).dataset.jobId!, row.getAttribute('aria-rowindex')] as const
      )
    );
  return new Map(places);
}

/** Scroll the table down by so many rows. */
async function scrollDown(page: Page, rows: number): Promise<void> {
  await page.locator(TABLE).evaluate(
    (node, [selector, rows]) => {
      node.scrollTop += rows * node.querySelector<HTMLElement>(selector)!.offsetHeight;
    },
    [ROW, rows] as const
  );
}
