import fs from 'node:fs';
import path from 'node:path';

import { expect, expectNoTrace, picture, test } from '../harness/test';

test('What is wrong is said at its field, and nothing can be created', async ({
  page,
  panel,
  jupyter
}) => {
  await panel.openDialog();
  await panel.fill({ cores: '2', memory: '4 GB', walltime: '10' });
  await expect(panel.create).toBeEnabled();

  for (const [field, bad, good] of [
    ['memory', '12 bananas', '4 GB'],
    ['cores', '0', '2'],
    ['cores', 'two', '2'],
    ['name', 'no spaces', 'good-name'],
    ['processes', '3', '1'],
    ['walltime', 'tomorrow', '10']
  ] as const) {
    await panel.field(field).fill(bad);
    await expect(panel.problem(field)).toBeVisible();
    await expect(panel.field(field)).toHaveAttribute('aria-invalid', 'true');
    await expect(panel.create).toBeDisabled();
    await panel.field(field).fill(good);
    await expect(panel.problem(field)).toHaveCount(0);
    await expect(panel.create).toBeEnabled();
  }

  // A size without a unit is one click from what was meant; all that is wrong is said at once.
  await panel.field('memory').fill('16');
  await panel.field('walltime').fill('soon');
  await expect(panel.problem('walltime')).toBeVisible();
  await expect(panel.problem('memory')).toBeVisible();
  await expect(panel.dialog.getByTestId('script-missing')).toHaveText(
    'Fix Memory, Walltime to see the script'
  );
  await picture(page, 'form-without-a-script');
  await panel.problem('memory').getByRole('button', { name: 'Use 16 GB?' }).click();
  await panel.field('walltime').fill('1:30');
  await expect(panel.dialog.getByTestId('echo-walltime')).toHaveText('= 1 min 30 s');
  await expect(panel.dialog.getByTestId('script-missing')).toHaveCount(0);
  await panel.fill({ memory: '4 GB', walltime: '10' });

  // What is sure to be refused comes with the way out.
  await panel.field('cores').fill('17');
  await expect(panel.problem('cores')).toContainText('a node of debug has 16');
  await expect(panel.create).toBeDisabled();
  await panel.field('cores').fill('2');
  await expect(panel.problem('cores')).toHaveCount(0);

  // So does what this Slurm takes and never starts; it may be created all the same.
  await panel.field('walltime').fill('02:00:00');
  await expect(panel.warning('walltime')).toContainText('debug allows 30 min');
  await expect(panel.create).toHaveText('Create Anyway');
  await picture(page, 'problem-at-its-field');
  await panel.warning('walltime').getByRole('button', { name: 'Use long?' }).click();
  await expect(panel.warning('walltime')).toHaveCount(0);
  await expect(panel.create).toHaveText('Create');

  // Nothing that was entered is lost by one key.
  await panel.field('walltime').press('Escape');
  await expect(panel.dialog.getByRole('button', { name: 'Keep Editing' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(panel.field('walltime')).toBeFocused();
  await panel.cancelDialog({ entered: true });
  expect(await jupyter.traces()).toEqual([]);
});

test('The script beside the form is what is typed, line by line', async ({ panel }) => {
  await panel.openDialog();
  await panel.fill({ cores: '6', memory: '16 GB', processes: '3', walltime: '15', scaling: '4' });
  const script = panel.dialog.getByTestId('job-script');
  for (const [field, text] of [
    ['cores', '--cpus-per-task=6'],
    ['memory', '--mem=15G'],
    ['walltime', '-t 00:15:00'],
    ['scaling', '--array=0-3']
  ] as const) {
    await panel.field(field).focus();
    const lines = script.locator(`[data-from="${field}"]`);
    await expect(lines.filter({ hasText: text })).toHaveAttribute('data-lit', 'true');
  }
  await expect(panel.dialog.getByTestId('new-cluster-total')).toHaveText(
    '4 jobs × 6 cores = 24 cores, 64 GB, 12 workers'
  );
});

test('A Python that cannot work is said at its field, or makes a failed card, not a dead end', async ({
  panel,
  jupyter
}) => {
  await panel.openDialog();
  await panel.fill({ name: 'no-python', cores: '1', memory: '1 GB' });
  await panel.dialog.locator('[data-field="python"] select').selectOption({ label: 'other…' });
  await panel.field('python').fill('/nowhere/bin/python');
  await expect(panel.problem('python')).toContainText('there is no /nowhere/bin/python here');
  await expect(panel.create).toBeDisabled();
  // What may work elsewhere after all is up to its user.
  const python = path.join(jupyter.home, 'my env', 'python');
  fs.mkdirSync(path.dirname(python));
  fs.writeFileSync(python, '#!/bin/sh\necho libssl: not found >&2\nexit 127', { mode: 0o755 });
  await panel.field('python').fill(python);
  await expect(panel.warning('python')).toContainText('it cannot be run here: libssl: not found');
  await expect(panel.create).toHaveText('Create Anyway');
  await panel.create.click();
  const card = panel.card('no-python');
  await expect(card.root).toHaveAttribute('data-status', 'failed');
  await expect(card.problem).toContainText('libssl: not found');
  await card.button('Dismiss').click();
  await expect(card.root).toHaveCount(0);
  await expectNoTrace(jupyter);
});
