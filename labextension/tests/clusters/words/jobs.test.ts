import { describe, expect, it } from 'vitest';

import {
  describeJob,
  jobWords,
  mayWaitForEver,
  reasonWords
} from '../../../src/clusters/words/jobs';
import { noJobs, trans } from '../../fixtures';

describe('jobs, in words', () => {
  it('says what one job is', () => {
    const options = { cores: 12, memory: 16e9, processes: 4 };
    expect(describeJob(options, trans)).toBe('12 cores, 16 GB, 4 workers');
    expect(describeJob({ cores: 1, memory: 4e9, processes: 1 }, trans)).toBe('1 core, 4 GB');
    expect(describeJob({}, trans)).toBe('');
  });

  it('counts running jobs without a worker as starting, and says nothing of zeros', () => {
    const jobs = { ...noJobs, desired: 8, pending: 3, running: 5, connected: 4 };
    expect(jobWords(jobs, trans).map(({ kind, count }) => [kind, count])).toEqual([
      ['connected', 4],
      ['starting', 1],
      ['pending', 3]
    ]);
    expect(jobWords(noJobs, trans)).toEqual([]);
    const ending = { ...noJobs, desired: 1, running: 4, connected: 2, leaving: 1 };
    expect(jobWords(ending, trans).map(({ kind, count }) => [kind, count])).toEqual([
      ['connected', 2],
      ['starting', 1],
      ['leaving', 1]
    ]);
  });

  it.each([
    ['Resources', 'waiting for free cores or memory'],
    ['(Priority)', 'waiting behind others in the queue'],
    ['PartitionTimeLimit', 'can never start: the walltime is over the limit of the partition'],
    ['QOSMaxCpuPerUserLimit', 'waiting for a limit of your account or QOS'],
    ['(AssocGrpCpuLimit)', 'waiting for a limit of your account or QOS'],
    ['SomethingNew', 'waiting']
  ])('puts the reason %s into words', (reason, words) => {
    expect(reasonWords(reason, trans)).toBe(words);
  });

  it.each([
    ['Resources', false],
    ['(Priority)', false],
    ['None', false],
    ['PartitionDown', true],
    ['SomethingNew', true]
  ])('knows whether the reason %s may never pass: %s', (reason, may) => {
    expect(mayWaitForEver(reason)).toBe(may);
  });
});
