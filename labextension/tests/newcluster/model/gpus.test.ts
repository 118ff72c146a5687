import { describe, expect, it } from 'vitest';

import table from '../../../../tests/batch/slurm/gpus.json';
import { gpusAsked, readGpus, writeGpus } from '../../../src/newcluster/model/gpus';

describe('a gres', () => {
  // The server's tests read the same table.
  it.each(Object.entries(table))('%j is read as the server reads it', (gres, asked) => {
    expect(gpusAsked(gres)).toEqual(asked ?? { count: 0, type: '' });
    if (asked === null) {
      expect(readGpus(gres)).toBeNull();
    } else {
      expect(readGpus(writeGpus(readGpus(gres)!))).toEqual(readGpus(gres));
    }
  });

  it.each([
    ['', { count: '', type: '' }],
    ['gpu', { count: '1', type: '' }],
    ['gpu:2', { count: '2', type: '' }],
    ['gpu:a100', { count: '1', type: 'a100' }],
    ['gpu:a100:4', { count: '4', type: 'a100' }],
    ['gpu:1,tmp:10G', null],
    ['license:1', null]
  ])('%j is read as %j', (gres, choice) => {
    expect(readGpus(gres)).toEqual(choice);
  });

  it.each([
    [{ count: '2', type: '' }, 'gpu:2'],
    [{ count: '2', type: 'a100' }, 'gpu:a100:2'],
    [{ count: '', type: 'a100' }, ''],
    [{ count: '0', type: '' }, ''],
    [{ count: '2x', type: '' }, 'gpu:2']
  ])('of %j is %j', (choice, gres) => {
    expect(writeGpus(choice)).toBe(gres);
  });
});
