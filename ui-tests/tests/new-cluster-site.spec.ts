import { expectAccessible } from '../harness/accessible';
import { expect, expectNoTrace, picture, test } from '../harness/test';

const FORM = '.jp-DaskSlurm-newDialog';

// A Slurm with something to know of: GPUs, accounts, a QOS.
test.use({ lab: '--gpus 2 --accounts' });

test('The form knows the site, and what was chosen is kept as a profile', async ({
  page,
  panel,
  jupyter
}) => {
  const { dialog } = panel;
  const script = dialog.getByTestId('job-script');
  const total = dialog.getByTestId('new-cluster-total');
  const more = dialog.getByRole('button', { name: 'More options' });
  await panel.openDialog();
  await panel.fill({
    name: 'blue-otter',
    cores: '1',
    memory: '1 GB',
    walltime: '10',
    scaling: '0'
  });

  // Partitions: what is idle, what is down, where the GPUs are; the fields follow.
  await expect(dialog.getByTestId('partition-debug')).toContainText(/\d+ of \d+ cores idle/);
  await expect(dialog.getByTestId('partition-broken')).toContainText('down');
  await expect(dialog.getByTestId('partition-gpu')).toContainText('2 of 2 GPUs idle');
  await expect(script).toContainText('no job at first');
  await dialog.getByRole('radio', { name: 'broken' }).check();
  await expect(dialog.getByLabel('GPUs per job')).toHaveCount(0);
  await dialog.getByRole('radio', { name: 'automatic' }).check();
  await expect(script.locator('[data-from="partition"]')).toContainText('-p debug,long');
  await dialog.getByLabel('GPUs per job').fill('1');
  await expect(script.locator('[data-from="gres"]')).toContainText('--gres=gpu:1');

  // More options, by keyboard: Enter is a new line there, and not the end of the dialog.
  await more.press('Enter');
  await dialog.getByLabel('Account').selectOption('chemistry');
  const prologue = dialog.getByLabel('Prologue');
  await prologue.pressSequentially('export A=1\nexport B=2');
  const lines = script.locator('[data-from="job_script_prologue"]');
  await expect(lines).toHaveCount(2);
  await expect(lines.first()).toHaveAttribute('data-lit', 'true');
  await script.locator('[data-from="account"]').click();
  await expect(dialog.getByLabel('Account')).toBeFocused();

  // When it would start, in Slurm's opinion.
  await expect(dialog.getByTestId('new-cluster-estimate')).toContainText(/would start now on n\d/);
  await picture(page, 'form-more-options');
  await expectAccessible(page, FORM);

  // A limit comes with its ways out, and what is in the way is said where one would create.
  await panel.field('cores').fill('500');
  await expect(panel.problem('cores')).toBeVisible();
  await expect(total).toContainText('Cannot create: fix Cores');
  await expectAccessible(page, FORM);
  await panel
    .problem('cores')
    .getByRole('button', { name: /^Use \d+\?$/ })
    .click();
  await expect(panel.problem('cores')).toHaveCount(0);
  await panel.field('cores').fill('1');
  await expect(panel.create).toBeEnabled();

  // The same without the panel.
  await dialog.getByRole('radio', { name: 'Python' }).check({ force: true });
  await expect(dialog.getByTestId('export-python')).toContainText('SLURMCluster(');
  await dialog.getByRole('radio', { name: 'YAML' }).check({ force: true });
  await expect(dialog.getByTestId('export-yaml')).toContainText('jobqueue:');
  await dialog.getByRole('radio', { name: 'Script' }).check({ force: true });

  // Kept under a name, and there again in another session.
  await dialog.getByRole('button', { name: 'Save as profile' }).click();
  await dialog.getByLabel('Name of the profile').fill('on a GPU');
  await dialog.getByLabel('Name of the profile').press('Enter');
  const start = dialog.getByLabel('Start from');
  await expect(start.locator('option:checked')).toHaveText('on a GPU');
  await panel.cancelDialog();
  await page.reload();
  await panel.open();
  await panel.openDialog();
  await expect(panel.field('cores')).not.toHaveValue('1');
  await start.selectOption('on a GPU');
  await expect(dialog.getByLabel('Prologue')).toHaveValue('export A=1\nexport B=2');
  await expect(dialog.getByLabel('GPUs per job')).toHaveValue('1');
  await expect(dialog.getByRole('radio', { name: 'automatic' })).toBeChecked();
  await expect(panel.create).toBeEnabled();
  await expect(dialog.getByTestId('new-cluster-estimate')).toContainText('would start');

  // Good to look at, in both themes.
  await panel.fill({ name: 'blue-otter', scaling: '4' });
  await panel.field('cores').focus();
  await expect(total).toContainText('4 jobs × 1 core');
  await picture(page, 'form-light');
  await panel.cancelDialog({ entered: true });
  await page.theme.setDarkTheme();
  await panel.openDialog();
  await start.selectOption('on a GPU');
  await panel.fill({ name: 'blue-otter', scaling: '4' });
  await panel.field('cores').focus();
  await expect(total).toContainText('4 jobs × 1 core');
  await picture(page, 'form-dark');

  await dialog.getByRole('button', { name: 'Delete the profile on a GPU' }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(start.locator('option', { hasText: 'on a GPU' })).toHaveCount(0);
  await panel.cancelDialog({ entered: true });
  await expectNoTrace(jupyter);
});
