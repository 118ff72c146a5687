import { describe, expect, it } from 'vitest';

import { explanationUrl, problemTitle, statusWord } from '../../../src/clusters/words/problems';
import { aCluster, noJobs, trans } from '../../fixtures';

describe('statusWord', () => {
  it('says how a cluster is, and what Slurm refused before that it runs', () => {
    const problem = { code: 'submission_refused', message: '', since: '' };
    expect(statusWord(aCluster(), trans)).toBe('running');
    expect(statusWord(aCluster({ problems: [problem] }), trans)).toBe('refused');
    const jobs = { ...noJobs, desired: 2, pending: 2 };
    expect(statusWord(aCluster({ jobs }), trans)).toBe('pending');
    expect(statusWord(aCluster({ status: 'unreachable' }), trans)).toBe('no answer');
  });
});

describe('problemTitle', () => {
  it.each([
    ['controller_unreachable', 'Its controller does not answer'],
    ['controller_incompatible', 'Its controller is of another version'],
    ['jobs_interrupted', 'Slurm interrupted its jobs'],
    ['workers_die', 'Workers die and are started again'],
    ['tasks_waiting', 'Tasks wait, and there are no jobs'],
    ['tasks_cut', 'Tasks take longer than a job lasts'],
    ['jobs_changed', 'Slurm runs its jobs otherwise than asked for'],
    ['scheduler_loopback', 'Its workers will not reach its scheduler'],
    ['files_unreadable', 'Its files cannot be read'],
    ['versions_differ', 'Versions of clients, scheduler and workers differ'],
    ['from_a_newer_server', 'From a newer server']
  ])('titles %s', (code, title) => {
    expect(problemTitle({ code, message: '', since: '' }, 0, trans)).toBe(title);
  });
});

describe('explanationUrl', () => {
  const problem = { code: 'jobs_failed', message: '', since: '' };

  it.each(['https://docs.example.org/dask', 'https://docs.example.org/dask/'])(
    'is the entry of its code below %s',
    documentation => {
      const entry = 'https://docs.example.org/dask/troubleshooting.html#jobs-failed';
      expect(explanationUrl(problem, documentation)).toBe(entry);
    }
  );

  it.each([null, undefined, ''])('is none where the documentation is served at %s', nowhere => {
    expect(explanationUrl(problem, nowhere)).toBeNull();
  });
});
