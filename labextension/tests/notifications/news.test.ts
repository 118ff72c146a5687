import { describe, expect, it } from 'vitest';

import type { ICluster } from '../../src/api/restapi';
import type { IEnding, News } from '../../src/notifications/news';
import { endingsOf, leadOf, newsBetween, untilDue } from '../../src/notifications/news';
import { endingWords, newsWords } from '../../src/notifications/newswords';
import { aCluster, aProblem, trans } from '../fixtures';

const none = { workers: { expected: 0, connected: 0 } };
const some = { workers: { expected: 16, connected: 4 } };
const failed = { status: 'failed' as const, problems: [aProblem({ message: 'disk full' })] };
const idle = { status: 'failed' as const, problems: [aProblem({ code: 'idle', message: 'w' })] };
const refused = { problems: [aProblem({ message: 'no such account' })] };

describe('news', () => {
  it.each<[string, Partial<ICluster> | null, Partial<ICluster>, News[]]>([
    ['that its first worker is there', none, some, [{ kind: 'workersReady' }]],
    ['of a new cluster that was quick', null, some, [{ kind: 'workersReady' }]],
    ['of none: more workers', some, { workers: { expected: 16, connected: 16 } }, []],
    ['of none: fewer workers', some, none, []],
    ['of none: a new cluster', null, none, []],
    ['that it failed', none, failed, [{ kind: 'failed', what: 'cluster', words: 'disk full' }]],
    ['of none: it had failed before', failed, failed, []],
    ['that it ended as agreed', some, idle, [{ kind: 'endsSoon', what: 'ended', words: 'w' }]],
    [
      'that its jobs are refused',
      none,
      { ...none, ...refused },
      [{ kind: 'failed', what: 'jobs', words: 'no such account' }]
    ],
    ['of none: they were refused before', { ...none, ...refused }, { ...none, ...refused }, []],
    [
      'of none: Slurm is silent, which passes',
      none,
      { ...none, problems: [aProblem({ code: 'slurm_silent' })] },
      []
    ]
  ])('%s', (_, before, after, expected) => {
    expect(newsBetween(before && aCluster(before), aCluster(after))).toEqual(expected);
  });

  it.each<[News, Partial<ICluster>, string]>([
    [{ kind: 'workersReady' }, some, 'blue-otter is ready (4 of 16 workers)'],
    [{ kind: 'workersReady' }, {}, 'blue-otter is ready (16 workers)'],
    [{ kind: 'failed', what: 'cluster', words: null }, {}, 'blue-otter failed'],
    [{ kind: 'failed', what: 'cluster', words: 'disk full' }, {}, 'blue-otter failed: disk full'],
    [
      { kind: 'failed', what: 'jobs', words: 'x' },
      { problems: [aProblem({ code: 'submission_refused' })] },
      'blue-otter: refused: x'
    ],
    [
      { kind: 'failed', what: 'jobs', words: 'x' },
      { problems: [aProblem({ code: 'jobs_failed' })] },
      'blue-otter: jobs keep failing: x'
    ],
    [{ kind: 'endsSoon', what: 'ended', words: 'idle' }, {}, 'blue-otter has ended: idle']
  ])('%j is said as it is', (news, changes, words) => {
    expect(newsWords(aCluster(changes), news, trans)).toBe(words);
  });
});

describe('an end', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const at = (minutes: number): string => new Date(now + 60_000 * minutes).toISOString();
  const idleOf = (timeout: number | null, minutes: number): Partial<ICluster> => ({
    options: { idle_timeout: timeout },
    idle_stop: at(minutes)
  });

  it.each<[string, Partial<ICluster>, IEnding['what'][]]>([
    ['none', {}, []],
    ['for idleness', { idle_stop: at(5) }, ['idle']],
    ['whatever it does', { expires: at(5) }, ['expires']],
    ['both', { idle_stop: at(5), expires: at(6) }, ['idle', 'expires']],
    ['of one that is being stopped', { status: 'stopping', expires: at(5) }, []]
  ])('%s is known', (_, changes, expected) => {
    expect(endingsOf(aCluster(changes)).map(({ what }) => what)).toEqual(expected);
  });

  it.each<[string, Partial<ICluster>, IEnding['what'], number]>([
    ['ten minutes before', { created: at(-1000), expires: at(1000) }, 'expires', 600],
    ['later in a short life', { created: at(0), expires: at(20) }, 'expires', 120],
    ['ten minutes before', idleOf(7200, 10), 'idle', 600],
    ['a quarter of a short time-out before', idleOf(1200, 10), 'idle', 300],
    ['soon where the time-out is a minute', idleOf(60, 1), 'idle', 15],
    ['ten minutes before where it is not known', idleOf(null, 10), 'idle', 600]
  ])('is told %s: of %j', (_, changes, what, seconds) => {
    expect(leadOf(aCluster(changes), what)).toBe(seconds);
  });

  it.each<[number, number | null]>([
    [15, 300_000],
    [10, 0],
    [8, -120_000],
    [0, null],
    [-1, null]
  ])('in %s minutes is to be told in %s ms', (minutes, wait) => {
    const cluster = aCluster(idleOf(7200, minutes));
    expect(untilDue(cluster, endingsOf(cluster)[0], now)).toBe(wait);
  });

  it.each<[IEnding['what'], string]>([
    ['idle', 'blue-otter is idle and ends in 8 min'],
    ['expires', 'blue-otter expires in 8 min: save what matters']
  ])('for %s is said with the time that is left', (what, words) => {
    expect(endingWords(aCluster(), { what, at: at(8) }, now, trans)).toBe(words);
  });
});
