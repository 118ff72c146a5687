import { describe, expect, it } from 'vitest';

import type { ISizeAdvice, IUsage } from '../../../src/api/restapi';
import { adviceWords } from '../../../src/clusters/words/usage';
import { aCluster, trans } from '../../fixtures';

const usage: IUsage = {
  jobs: 4,
  busy_seconds: 7200,
  cpu_mean: 1.94,
  memory_peak: 3.1e9,
  worker_peak: 1e9,
  memory_spilled: 0,
  paused_seconds: 0,
  memory_kills: 0
};

const words = (advice: ISizeAdvice | null, used: IUsage | null = usage): string =>
  adviceWords(aCluster({ advice, usage: used }), trans);

describe('the advice about the size of jobs', () => {
  it.each<[string, ISizeAdvice, string]>([
    [
      'less memory',
      { memory: 5e9, cores: null },
      'Asked for 16 GB per job, peak 3.1 GB: 5 GB would do.'
    ],
    [
      'more memory',
      { memory: 32e9, cores: null },
      'Workers ran out of memory with 16 GB per job: try 32 GB.'
    ],
    [
      'fewer cores',
      { memory: null, cores: 3 },
      'Asked for 12 cores per job, used 1.9 on average: 3 would do.'
    ],
    [
      'both',
      { memory: 5e9, cores: 3 },
      'Asked for 16 GB per job, peak 3.1 GB: 5 GB would do. ' +
        'Asked for 12 cores per job, used 1.9 on average: 3 would do.'
    ]
  ])('to have %s', (_, advice, expected) => {
    expect(words(advice)).toBe(expected);
  });

  it('is in units of one kind', () => {
    const used = { ...usage, memory_peak: 3 * 2 ** 30 };
    expect(words({ memory: 5e9, cores: null }, used)).toContain('peak 3.2 GB');
  });

  it('is silent where the size is right, or nothing is known of the use', () => {
    expect(words(null)).toBe('');
    expect(words({ memory: null, cores: null })).toBe('');
    expect(words({ memory: 5e9, cores: null }, null)).toBe('');
  });
});
