import type { Locator, Page } from '@playwright/test';

/** The tab with the logs of a cluster, as its user sees it. */
export class LogTab {
  constructor(page: Page) {
    this.root = page.getByTestId('log-view');
    this.text = this.root.getByTestId('log-text');
    this.source = this.root.getByRole('combobox', { name: 'Which log' });
    this.follow = this.root.getByRole('button', { name: 'Follow' });
  }

  readonly root: Locator;
  readonly text: Locator;
  readonly source: Locator;
  readonly follow: Locator;

  /** Whether the end of the log is in view. */
  isAtEnd(): Promise<boolean> {
    return this.text.evaluate(node => node.scrollHeight - node.scrollTop - node.clientHeight < 24);
  }
}
