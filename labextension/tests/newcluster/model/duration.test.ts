import { describe, expect, it } from 'vitest';

import { durationText, parseDuration } from '../../../src/newcluster/model/duration';

describe('parseDuration', () => {
  it.each([
    ['90 s', 90],
    ['30 min', 1800],
    ['8 h', 28_800],
    ['8h', 28_800],
    ['1 h 30 min', 5400],
    ['1.5 hours', 5400],
    ['2 days', 172_800],
    ['0', 0],
    ['60', null],
    ['8 bananas', null],
    ['soon', null],
    ['-1 h', null],
    ['', null]
  ])('reads %j as %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([0, 1, 59, 60, 90, 3600, 3661, 28_800, 86_400, 100_000])(
    'reads what %i s are written as',
    seconds => {
      expect(parseDuration(durationText(seconds))).toBe(seconds);
    }
  );
});
