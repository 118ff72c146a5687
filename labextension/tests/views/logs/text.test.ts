import { describe, expect, it } from 'vitest';

import { BLOCK_LINES, LogText, readable } from '../../../src/views/logs/text';

const lines = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, n) => `line ${from + n}\n`).join('');

describe('a log as it grows', () => {
  it('is whole, wherever it was cut', () => {
    const log = new LogText();
    for (const piece of ['o', 'ne\ntw', 'o\n', '', 'three']) {
      log.append(piece);
    }
    expect(log.toString()).toBe('one\ntwo\nthree');
    expect(log.unfinished).toBe('three');
    log.reset();
    expect(log.isEmpty).toBe(true);
  });

  it('draws nothing anew but its last block', () => {
    const log = new LogText();
    log.append(lines(BLOCK_LINES + 10));
    const [first, second] = log.blocks;
    log.append(lines(BLOCK_LINES, BLOCK_LINES + 10));
    expect(log.blocks.map(block => block.key)).toEqual([0, 1, 2]);
    expect(log.blocks[0]).toBe(first);
    expect(log.blocks[1].text.startsWith(second.text)).toBe(true);
    expect(log.toString()).toBe(lines(2 * BLOCK_LINES + 10));
  });

  it('keeps its end where it is too long', () => {
    const log = new LogText();
    for (let n = 0; n < 60; n++) {
      log.append(lines(BLOCK_LINES, n * BLOCK_LINES));
    }
    expect(log.blocks.map(block => block.key)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 10)
    );
    expect(log.toString().startsWith(`line ${10 * BLOCK_LINES}\n`)).toBe(true);
  });
});

it.each([
  ['\u001b[1;31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007text', 'text'],
  ['10 %\r50 %\r100 %', '100 %'],
  ['windows\r', 'windows'],
  ['bell\u0007\tand tab', 'bell\tand tab'],
  ['x'.repeat(9000), `${'x'.repeat(5000)} …`]
])('%j is read as %j', (line, text) => {
  expect(readable(line)).toBe(text);
});
