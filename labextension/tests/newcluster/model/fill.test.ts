import { nullTranslator } from '@jupyterlab/translation';
import { expect, it } from 'vitest';

import { fillFrom } from '../../../src/newcluster/model/fill';
import { NewClusterModel } from '../../../src/newcluster/model/model';
import { aCluster, aManager } from '../../believable';

it('a form that begins with a cluster holds what that was, whatever was used last', async () => {
  const failed = aCluster({
    status: 'failed',
    options: { cores: 4, memory: 16e9, walltime: 1800, partition: 'debug', account: null },
    scaling: { cores: 10 }
  });
  const manager = aManager([failed]);
  const state = { fetch: async () => ({ account: 'physics', cores: '1' }) } as never;
  const form = new NewClusterModel({ manager, trans: nullTranslator.load('test'), state });
  fillFrom(form, failed);
  await form.ready;
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
