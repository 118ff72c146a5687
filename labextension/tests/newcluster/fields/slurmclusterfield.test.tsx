import { PromiseDelegate } from '@lumino/coreutils';
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import type { ISite } from '../../../src/api/restapi';
import { RestError } from '../../../src/api/restapi';
import { aPartition, aScript, aSite } from '../../fixtures';
import { formHarness, site } from '../harness';

const form = formHarness();
const two = { cluster: 'genius', slurm_cluster: null, slurm_clusters: ['genius', 'wice'] };
const there = site({
  ...two,
  cluster: 'wice',
  slurm_cluster: 'wice',
  partitions: [aPartition({ name: 'batch_icelake' })],
  accounts: ['physics']
});

function field(): HTMLSelectElement {
  return screen.getByLabelText<HTMLSelectElement>('Slurm cluster');
}

async function choose(value: string): Promise<void> {
  fireEvent.change(field(), { target: { value } });
  await form.pause();
}

describe('the choice of a Slurm cluster', () => {
  it('is there only where there are several', async () => {
    form.manager.site = site({ slurm_clusters: ['genius'] });
    await form.open();
    expect(screen.queryByLabelText('Slurm cluster')).toBeNull();
    expect(form.asked().options).not.toHaveProperty('slurm_cluster');
  });

  it('makes the form be about the chosen one', async () => {
    form.manager.site = site(two);
    form.manager.siteOf.mockResolvedValue(there);
    await form.open();
    expect([...field().options].map(o => o.text)).toEqual(['default: genius', 'genius', 'wice']);
    fireEvent.click(form.radio(/^long/));
    form.model.set('account', 'chemistry');
    await choose('wice');
    expect(form.manager.siteOf).toHaveBeenCalledWith('wice');
    expect(screen.queryByRole('radio', { name: /^long/ })).toBeNull();
    expect(form.radio(/^batch_icelake/).checked).toBe(true);
    // What the other has not is no longer asked for.
    expect(form.asked().options).toMatchObject({ slurm_cluster: 'wice' });
    expect(form.asked().options).not.toHaveProperty('partition');
    expect(form.asked().options).not.toHaveProperty('account');
    expect(field().options[0].text).toBe('default: genius');

    await choose('');
    expect(form.radio(/^long/)).toBeTruthy();
    expect(form.asked().options).not.toHaveProperty('slurm_cluster');
  });

  it('follows the idle cores of the chosen one', async () => {
    form.manager.site = site(two);
    form.manager.siteOf.mockResolvedValue(there);
    await form.open();
    await choose('wice');
    const busy = [aPartition({ name: 'batch_icelake', idle_cores: 3, total_cores: 64 })];
    form.manager.siteOf.mockResolvedValue({ ...there, partitions: busy });
    form.manager.site = site(two);
    form.manager.changed.emit();
    await form.pause();
    expect(screen.getByText('3 of 64 cores idle')).toBeTruthy();
  });

  it('counts the last choice, whichever answers last', async () => {
    form.manager.site = site({ ...two, slurm_clusters: ['genius', 'wice', 'tier1'] });
    const late = new PromiseDelegate<ISite>();
    form.manager.siteOf.mockReturnValueOnce(late.promise).mockResolvedValueOnce(there);
    await form.open();
    await choose('tier1');
    await choose('wice');
    late.resolve(aSite({ partitions: [aPartition({ name: 'hopper' })] }));
    await form.pause();
    expect(form.radio(/^batch_icelake/)).toBeTruthy();
  });

  it('has a text for the partition where the chosen one does not answer', async () => {
    form.manager.site = site(two);
    form.manager.siteOf.mockRejectedValue(new RestError('silent', 504, 'BatchSilent'));
    await form.open();
    await choose('wice');
    expect(screen.getByLabelText('Partition').tagName).toBe('INPUT');
  });

  it('starts with the one that was used last, and keeps its partition', async () => {
    form.manager.lastValues.mockResolvedValue({
      slurm_cluster: 'wice',
      partition: 'batch_icelake'
    });
    form.manager.site = site(two);
    form.manager.siteOf.mockResolvedValue(there);
    await form.open();
    expect(field().value).toBe('wice');
    expect(form.asked().options).toMatchObject({
      slurm_cluster: 'wice',
      partition: 'batch_icelake'
    });
  });

  it('is left out on the local queue', async () => {
    form.manager.site = site(two);
    form.manager.siteOf.mockResolvedValue(there);
    await form.open();
    await choose('wice');
    form.model.setBatchSystem('local');
    await form.pause();
    expect(screen.queryByLabelText('Slurm cluster')).toBeNull();
    expect(form.asked().options).not.toHaveProperty('slurm_cluster');
  });

  it('shows a problem with it, also where it comes from elsewhere', async () => {
    form.manager.site = site(two);
    const message = 'SLURM_CLUSTERS=genius,wice: name one cluster';
    form.manager.jobScript.mockResolvedValue(
      aScript({ problems: [{ field: 'slurm_cluster', message }] })
    );
    await form.open();
    expect(screen.getByTestId('problem-slurm_cluster').textContent).toContain(message);
  });
});

describe('what is exported for sbatch', () => {
  const exported = {
    account: { variable: 'SBATCH_ACCOUNT', value: 'physics' },
    qos: { variable: 'SBATCH_QOS', value: 'short' },
    gres: { variable: 'SBATCH_GRES', value: 'gpu:1' },
    partition: { variable: 'SBATCH_PARTITION', value: 'long' }
  };

  it('is the default of its field, with the name of its variable', async () => {
    form.manager.site = site({ exported });
    await form.open();
    fireEvent.click(form.more());
    const first = (label: string): string =>
      screen.getByLabelText<HTMLSelectElement>(label).options[0].text;
    expect(first('Account')).toBe('default: physics, from SBATCH_ACCOUNT');
    expect(first('QOS')).toBe('default: short, from SBATCH_QOS');
    expect(form.radio(/^long/).checked).toBe(true);
    expect(screen.getByText('from SBATCH_PARTITION')).toBeTruthy();
    expect(form.asked().options).not.toHaveProperty('account');
    expect(form.asked().options).not.toHaveProperty('partition');
  });

  it('is a placeholder where there is no choice', async () => {
    form.manager.site = site({ exported, accounts: [], partitions: [] });
    await form.open();
    fireEvent.click(form.more());
    const shown = (label: string): string =>
      screen.getByLabelText<HTMLInputElement>(label).placeholder;
    expect(shown('Account')).toBe('physics, from SBATCH_ACCOUNT');
    expect(shown('Partition')).toBe('long, from SBATCH_PARTITION');
  });
});
