import { describe, expect, it } from 'vitest';

import { durationText, parseDuration } from '../../../src/clusters/words/duration';
import { grammar } from '../../grammar';

describe('parseDuration', () => {
  it.each([...grammar.timeout, ...grammar.time])(
    'reads the time-out %j as the server does: %s',
    (text, seconds) => {
      expect(parseDuration(text)).toBe(seconds);
    }
  );

  it.each([...grammar.walltime, ...grammar.time])(
    'reads the walltime %j as the server does: %s',
    (text, seconds) => {
      expect(parseDuration(text, 60)).toBe(seconds);
    }
  );

  it.each(['9'.repeat(400), '9'.repeat(400) + ' days'])(
    'refuses what is no time any more',
    text => {
      expect(parseDuration(text)).toBeNull();
    }
  );

  it.each([0, 1, 59, 60, 90, 3600, 3661, 28_800, 86_400, 100_000])(
    'reads what %i s are written as',
    seconds => {
      expect(parseDuration(durationText(seconds))).toBe(seconds);
    }
  );
});
