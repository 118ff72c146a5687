import type { Locator, Page } from '@playwright/test';

/** The tab with the jobs of a cluster, as its user sees it. */
export class JobsTab {
  constructor(readonly page: Page) {
    this.root = page.getByTestId('jobs-view');
    this.rows = this.root.getByTestId('job-row');
    this.filter = this.root.getByTestId('jobs-filter');
    this.count = this.root.getByTestId('jobs-count');
  }

  readonly root: Locator;
  readonly rows: Locator;
  readonly filter: Locator;
  readonly count: Locator;

  row(text: string): Locator {
    return this.rows.filter({ hasText: text });
  }

  chip(name: string): Locator {
    return this.root.getByRole('button', { name: new RegExp(`^${name} \\d+$`) });
  }

  /** Sort by a column, as its header says; once more, the other way round. */
  async sort(column: string): Promise<void> {
    await this.root.getByRole('columnheader', { name: column }).getByRole('button').click();
  }

  /** A button of a row: it is there while the mouse is. */
  async action(row: Locator, name: RegExp): Promise<Locator> {
    await row.hover();
    return row.getByRole('button', { name });
  }

  /** Cancel a job and say yes to the question. */
  async cancel(row: Locator): Promise<void> {
    await (await this.action(row, /^Cancel job/)).click();
    await this.page.locator('.jp-Dialog').getByRole('button', { name: 'Cancel the Job' }).click();
  }
}
