import { afterEach, describe, expect, it, vi } from 'vitest';

import { currentLanguage, setLanguage } from '../../../src/base/language';
import {
  formatBytes,
  formatClock,
  formatCountdown,
  formatDuration,
  formatList,
  formatNumber,
  formatOther,
  formatWalltime,
  parseBytes,
  secondsUntil,
  withUnit
} from '../../../src/clusters/words/format';
import { trans } from '../../fixtures';
import { grammar } from '../../grammar';

afterEach(() => setLanguage('en'));

describe('formatCountdown', () => {
  it.each([
    [-3, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [85, '1 min 25 s'],
    [440, '7 min 20 s'],
    [605, '10 min 05 s'],
    [3600, '1 h'],
    [3900, '1 h 05 min']
  ])('writes %s s as %s', (seconds, text) => {
    expect(formatCountdown(seconds, trans)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [16e9, '16 GB'],
    [80e9, '80 GB'],
    [999_960_000, '1 GB'],
    [1.5e12, '1.5 TB'],
    [128e9, '128 GB'],
    [16 * 2 ** 30, '16 GiB'],
    [5 * 16 * 2 ** 30, '80 GiB'],
    [512 * 2 ** 20, '512 MiB'],
    [16e9 + 1, '16 GB']
  ])('writes %i as %s', (bytes, text) => {
    expect(formatBytes(bytes, trans)).toBe(text);
  });

  it.each([
    [62 * 2 ** 20, 16e9, '65 MB'],
    [62e6, 16 * 2 ** 30, '59.1 MiB']
  ])('writes %i of %i in units of its kind, as %s', (bytes, whole, text) => {
    expect(formatBytes(bytes, trans, whole)).toBe(text);
  });
});

describe('formatOther', () => {
  it.each([
    [16e9, '14.9 GiB'],
    [16 * 2 ** 30, '17.2 GB'],
    [900e6, '858 MiB'],
    [512 * 2 ** 20, '537 MB']
  ])('writes %i as %s', (bytes, text) => {
    expect(formatOther(bytes, trans)).toBe(text);
  });
});

describe('parseBytes', () => {
  it.each(grammar.memory)('reads %j as the server does: %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(grammar['with a unit'])('guesses that %j means %s, as the server does', (text, meant) => {
    expect(withUnit(text)).toBe(meant);
  });

  it.each([
    ['16 GB', '', 16e9],
    ['16GiB', '', 16 * 2 ** 30],
    ['16gi', '', 16 * 2 ** 30],
    ['.5 TB', '', 5e11],
    ['200', 'GB', 200e9],
    ['200', 'GiB', 200 * 2 ** 30],
    ['1000', '', 1000],
    [' 7 mb ', 'GB', 7e6]
  ])('reads %j with %j as %i', (text, assume, bytes) => {
    expect(parseBytes(text, assume)).toBe(bytes);
  });

  it.each(['', '12 bananas', '-1 GB', 'GB', '1 2 GB', '1e9'])('refuses %j', text => {
    expect(parseBytes(text, 'GB')).toBeNull();
  });
});

describe('times', () => {
  it.each([
    [-5, '0 s'],
    [45, '45 s'],
    [90, '2 min'],
    [1100, '18 min'],
    [3570, '1 h'],
    [7500, '2 h 05 min'],
    [8 * 3600, '8 h'],
    [100_800, '1 d 4 h'],
    [2 * 86_400, '2 d']
  ])('writes %i s as %s', (seconds, text) => {
    expect(formatDuration(seconds, trans)).toBe(text);
  });

  it.each([
    [1800, '00:30:00'],
    [3661, '01:01:01'],
    [2 * 86_400, '2-00:00:00'],
    [86_399, '23:59:59']
  ])('writes a walltime of %i s as %s', (seconds, text) => {
    expect(formatWalltime(seconds)).toBe(text);
  });

  it('knows how far away an instant is', () => {
    const now = Date.parse('2026-11-23T10:00:00Z');
    expect(secondsUntil('2026-11-23T10:01:00Z', now)).toBe(60);
    expect(secondsUntil('2026-11-23T09:59:00Z', now)).toBe(-60);
    expect(secondsUntil(null, now)).toBeNull();
    expect(secondsUntil('soon', now)).toBeNull();
  });

  it('names the day of an instant that is not today', () => {
    const now = new Date(2026, 10, 23, 10, 0).getTime();
    setLanguage('en-GB');
    const at = (...when: [number, number, number]): string =>
      formatClock(new Date(2026, ...when).toISOString(), now);
    expect(at(10, 23, 14)).toBe('14:00');
    expect(at(10, 24, 14)).toBe('Tue 14:00');
    expect(at(11, 24, 14)).toBe('24 Dec, 14:00');
  });
});

describe('formatNumber', () => {
  it('groups the digits of large numbers only', () => {
    expect(formatNumber(5000)).toBe('5000');
    expect(formatNumber(1_250_000)).toBe('1\u202f250\u202f000');
  });
});

describe('the language', () => {
  it('writes numbers, lists and clocks in its way', () => {
    setLanguage('de');
    expect(formatNumber(3.1)).toBe('3,1');
    expect(formatNumber(12_500)).toBe('12\u202f500');
    expect(formatBytes(1.5e12, trans)).toBe('1,5 TB');
    expect(formatList(['a', 'b', 'c'])).toBe('a, b und c');
    const now = new Date(2026, 10, 23, 10, 0).getTime();
    expect(formatClock(new Date(2026, 10, 23, 14, 5).toISOString(), now)).toBe('14:05');
  });

  it('is that of the browser where it has a region for it, and English where nobody knows it', () => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['de-DE', 'en-GB', 'en-US']);
    setLanguage('en');
    expect(currentLanguage()).toBe('en-GB');
    setLanguage('fr-FR');
    expect(currentLanguage()).toBe('fr-FR');
    setLanguage('no such language');
    expect(currentLanguage()).toBe('en');
  });
});
