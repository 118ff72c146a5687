import { describe, expect, it } from 'vitest';

import { fillFrom, firstValues } from '../../../src/newcluster/model/fill';
import { NewClusterModel } from '../../../src/newcluster/model/model';
import { fakeManager } from '../../fakes';
import { aCluster, aPartition, aSite, trans } from '../../fixtures';

it('a form that begins with a cluster holds what that was, whatever was used last', async () => {
  const failed = aCluster({
    status: 'failed',
    options: { cores: 4, memory: 16e9, walltime: 1800, partition: 'debug', account: null },
    scaling: { cores: 10 }
  });
  const manager = fakeManager([failed]);
  manager.lastValues.mockResolvedValue({ account: 'physics', cores: '1' });
  const form = new NewClusterModel({ manager, trans });
  fillFrom(form, failed);
  await form.ready;
  expect(form.hasEdits).toBe(false);
  const { cores, memory, walltime, partition, account, scaling, name } = form.values;
  expect({ cores, memory, walltime, partition, account, scaling }).toEqual({
    cores: '4',
    memory: '16 GB',
    walltime: '00:30:00',
    partition: 'debug',
    account: '',
    scaling: '3'
  });
  expect(name).not.toBe('blue-otter');
  form.dispose();
});

describe('firstValues', () => {
  it.each([
    [16, 62e9, '4', '15 GB'],
    [2, 4e9, '1', '2 GB'],
    [128, 512e9, '8', '32 GB'],
    [1, 900e6, '1', '900 MB']
  ])('of nodes of %i cores and %i bytes are %s and %s', (cores, memory, some, much) => {
    const partitions = [aPartition({ cores_per_node: cores, memory_per_node: memory })];
    expect(firstValues(aSite({ partitions }))).toMatchObject({ cores: some, memory: much });
  });

  it('leave to the site what its configuration says', () => {
    const site = aSite({ defaults: { cores: 24, memory: 100e9 } });
    expect(firstValues(site)).toMatchObject({ cores: '', memory: '' });
  });

  it('do without a site', () => {
    expect(firstValues(null)).toEqual({ cores: '1', memory: '4 GB', scaling: '1' });
  });
});
