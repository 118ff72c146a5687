import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, type Locator } from '@playwright/test';

/** The fields of the New cluster form, by the name of the option. */
export interface IFields {
  name?: string;
  cores?: string;
  memory?: string;
  walltime?: string;
  processes?: string;
  scaling?: string;
  python?: string;
}

/** The sidebar and its dialog, as its user sees them. */
export class Panel {
  constructor(readonly page: IJupyterLabPageFixture) {
    this.root = page.getByTestId('dask-slurm-panel');
    this.dialog = page.locator('.jp-DaskSlurm-newDialog');
    this.create = this.dialog.getByRole('button', { name: 'Create' });
  }

  readonly root: Locator;
  readonly dialog: Locator;
  readonly create: Locator;

  async open(): Promise<void> {
    await this.page.sidebar.openTab('jupyter-dask-slurm-panel');
    await expect(this.root).toBeVisible();
  }

  async openDialog(): Promise<void> {
    await this.root.getByRole('button', { name: 'New Cluster' }).click();
    // It gives the focus to the name a moment after it is there.
    await expect(this.field('name')).toBeFocused();
  }

  /** Leave the dialog; what was `entered` has to be given up expressly. */
  async cancelDialog({ entered = false } = {}): Promise<void> {
    await this.dialog.locator('.jp-Dialog-footer').getByText('Cancel').click();
    if (entered) {
      await this.dialog.getByRole('button', { name: 'Discard' }).click();
    }
    await expect(this.dialog).toHaveCount(0);
  }

  field(name: keyof IFields): Locator {
    return this.dialog.locator(`[data-field="${name}"] input`).first();
  }

  async fill(fields: IFields): Promise<void> {
    for (const [name, value] of Object.entries(fields)) {
      await this.field(name as keyof IFields).fill(value);
    }
  }

  /** What is said to be wrong with a field. */
  problem(name: keyof IFields): Locator {
    return this.dialog.getByTestId(`problem-${name}`);
  }

  /** What is said of a field that does not keep a cluster from being created. */
  warning(name: keyof IFields): Locator {
    return this.dialog.getByTestId(`warning-${name}`);
  }

  /** Through the dialog to a card. */
  async newCluster(name: string, fields: IFields): Promise<Card> {
    await this.openDialog();
    await this.fill({ name, ...fields });
    await expect(this.create).toBeEnabled();
    await this.create.click();
    await expect(this.dialog).toBeHidden();
    return this.card(name);
  }

  /** Through the dialog to a card that runs. */
  async runningCluster(name: string, fields: IFields): Promise<Card> {
    const card = await this.newCluster(name, fields);
    await expect(card.root).toHaveAttribute('data-status', 'running');
    return card;
  }

  card(name: string): Card {
    return new Card(this, name);
  }
}

/** One cluster's card. */
export class Card {
  constructor(
    private readonly _panel: Panel,
    name: string
  ) {
    this.root = _panel.root.locator(`[data-testid="cluster-card"][data-cluster-name="${name}"]`);
  }

  readonly root: Locator;

  get words(): Locator {
    return this.root.getByTestId('job-words');
  }

  get sentence(): Locator {
    return this.root.getByTestId('scale-sentence');
  }

  get problem(): Locator {
    return this.root.getByTestId('problem');
  }

  /** The cluster's id. */
  id(): Promise<string | null> {
    return this.root.getAttribute('data-cluster-id');
  }

  /** Show all of it. */
  async open(): Promise<void> {
    const chevron = this.root.getByRole('button', { name: 'Details of' });
    if ((await chevron.getAttribute('aria-expanded')) === 'false') {
      await chevron.click();
    }
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }

  /** Drag the slider to that many jobs, of as many as it shows, and let go. */
  async slide(jobs: number): Promise<void> {
    const { mouse } = this._panel.page;
    const slider = this.root.getByTestId('scale-slider');
    await slider.scrollIntoViewIfNeeded();
    const box = (await slider.boundingBox())!;
    const [end, now] = await slider.evaluate((node: HTMLInputElement) => [
      Number(node.max),
      Number(node.value)
    ]);
    const thumb = 16;
    const x = (value: number): number => box.x + thumb / 2 + ((box.width - thumb) * value) / end;
    const y = box.y + box.height / 2;
    await mouse.move(x(now), y);
    await mouse.down();
    await mouse.move(x(jobs), y, { steps: 5 });
    await expect(slider).toHaveValue(String(jobs));
    await mouse.up();
  }

  /** Drag the card by its head and drop it there. */
  async drag(target: Locator, onTheWay?: () => Promise<void>): Promise<void> {
    const { mouse } = this._panel.page;
    const middle = async (locator: Locator): Promise<[number, number]> => {
      const box = (await locator.boundingBox())!;
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    await mouse.move(...(await middle(this.root.locator('.jp-DaskSlurm-name'))));
    await mouse.down();
    await mouse.move(...(await middle(target)), { steps: 8 });
    await expect(target).toHaveClass(/jp-mod-dropTarget/);
    await onTheWay?.();
    await mouse.up();
  }

  async unit(name: 'jobs' | 'cores' | 'memory'): Promise<void> {
    await this.root.getByRole('radio', { name }).check({ force: true });
  }

  async mode(name: 'Fixed' | 'Adaptive'): Promise<void> {
    await this.root.getByRole('radio', { name }).check({ force: true });
  }

  /** Type one end of the range of a cluster that adapts. */
  async range(end: 'Minimum' | 'Maximum', jobs: number): Promise<void> {
    const field = this.root.getByRole('textbox', { name: `${end} number of jobs` });
    await field.fill(String(jobs));
    await field.press('Enter');
  }

  /** Choose from the menu behind the three dots. */
  async menu(...labels: string[]): Promise<void> {
    const { page } = this._panel;
    await this.root.getByRole('button', { name: 'More about' }).click();
    for (const label of labels) {
      await page.locator('.lm-Menu-item:visible', { hasText: label }).click();
    }
  }

  /** Type an amount into the field beside the slider. */
  async amount(text: string): Promise<void> {
    const field = this.root.getByTestId('scale-field');
    await field.fill(text);
    await field.press('Enter');
  }

  /** Wait until that many jobs are connected, of as many as are wanted. */
  async connected(jobs: number): Promise<void> {
    await expect(this.words.locator('[data-kind="connected"]')).toHaveText(`${jobs} connected`);
  }

  /** Stop the cluster and say yes to the question. The card leaves once nothing is left. */
  async stop(): Promise<void> {
    await this.button('Stop').click();
    const question = this._panel.page.locator('.jp-Dialog');
    await question.getByRole('button', { name: 'Stop' }).click();
    await expect(this.root).toHaveCount(0);
  }
}
