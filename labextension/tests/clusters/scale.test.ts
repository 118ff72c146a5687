import { describe, expect, it } from 'vitest';

import type { IAmount, IJobSize, Unit } from '../../src/clusters/scale';
import {
  amountText,
  fromJobs,
  fromScaling,
  jobSize,
  memoryUnit,
  parseAmount,
  sentenceText,
  sliderEnd,
  toJobs,
  toScaling,
  unitsOf
} from '../../src/clusters/scale';
import { trans } from '../fixtures';

const job: IJobSize = { cores: 12, memory: 16e9, workers: 4 };
const binary: IJobSize = { ...job, memory: 16 * 2 ** 30 };

describe('rounding', () => {
  it.each<[Unit, number, number]>([
    ['jobs', 5, 5],
    ['cores', 50, 5],
    ['cores', 48, 4],
    ['cores', 49, 5],
    ['cores', 1, 1],
    ['cores', 0, 0],
    ['memory', 200e9, 13],
    ['memory', 16e9, 1],
    ['memory', 16e9 + 1, 2]
  ])('takes %s %i for %i whole jobs', (unit, amount, jobs) => {
    expect(toJobs({ unit, amount }, job)).toBe(jobs);
  });

  it.each<Unit>(['jobs', 'cores', 'memory'])('comes back from jobs in %s', unit => {
    expect(toJobs(fromJobs(7, unit, job), job)).toBe(7);
  });
});

describe('what travels', () => {
  it.each<[Unit, number]>([
    ['jobs', 2],
    ['cores', 48],
    ['memory', 200e9]
  ])('carries %s %i there and back', (unit, amount) => {
    expect(toScaling({ unit, amount })).toEqual({ [unit]: amount });
    expect(fromScaling(toScaling({ unit, amount }))).toEqual({ unit, amount });
  });

  it('reads memory as text, and no jobs from what it does not know', () => {
    expect(fromScaling({ memory: '200 GB' })).toEqual({ unit: 'memory', amount: 200e9 });
    expect(fromScaling({ adapt: {} } as never)).toEqual({ unit: 'jobs', amount: 0 });
    expect(fromScaling(null)).toEqual({ unit: 'jobs', amount: 0 });
  });
});

describe('sliderEnd', () => {
  it.each([
    [0, 10_000, 16],
    [8, 10_000, 16],
    [9, 10_000, 18],
    [16, 10_000, 32],
    [5000, 10_000, 10_000],
    [9000, 10_000, 10_000],
    [2, 4, 4],
    [0, 0, 1]
  ])('with %i jobs wanted and %i allowed ends at %i', (wanted, allowed, end) => {
    expect(sliderEnd(wanted, allowed)).toBe(end);
  });
});

describe('the sentence', () => {
  it.each<[IAmount, string]>([
    [{ unit: 'cores', amount: 50 }, '50 cores → 5 jobs = 60 cores, 80 GB'],
    [{ unit: 'jobs', amount: 1 }, '1 job = 12 cores, 16 GB'],
    [{ unit: 'jobs', amount: 5 }, '5 jobs = 60 cores, 80 GB'],
    [{ unit: 'memory', amount: 200e9 }, '200 GB → 13 jobs = 156 cores, 208 GB'],
    [{ unit: 'jobs', amount: 0 }, 'No jobs; the scheduler keeps running']
  ])('for %j', (wanted, text) => {
    expect(sentenceText(wanted, job, trans)).toBe(text);
  });

  it('keeps binary sizes binary', () => {
    expect(sentenceText({ unit: 'jobs', amount: 5 }, binary, trans)).toBe(
      '5 jobs = 60 cores, 80 GiB'
    );
  });

  it('says no more than is known while the options are not', () => {
    const unknown = jobSize({});
    expect(sentenceText({ unit: 'jobs', amount: 3 }, unknown, trans)).toBe('3 jobs');
    expect(unitsOf(unknown)).toEqual(['jobs']);
    expect(unitsOf(job)).toEqual(['jobs', 'cores', 'memory']);
  });
});

describe('the number field', () => {
  const parse = (text: string, unit: Unit, maximum = 10_000) =>
    parseAmount(text, unit, job, maximum, trans);

  it.each<[string, Unit, number]>([
    ['5', 'jobs', 5],
    [' 50 ', 'cores', 50],
    ['200', 'memory', 200e9],
    ['200 GiB', 'memory', 200 * 2 ** 30],
    ['0', 'memory', 0]
  ])('reads %j as %s', (text, unit, amount) => {
    expect(parse(text, unit)).toEqual({ unit, amount });
  });

  it.each<[string, Unit]>([
    ['', 'jobs'],
    ['-1', 'jobs'],
    ['1.5', 'cores'],
    ['many', 'cores'],
    ['12 bananas', 'memory']
  ])('refuses %j %s in words', (text, unit) => {
    expect(parse(text, unit)).toEqual(expect.any(String));
  });

  it('names the limit in its own unit', () => {
    expect(parse('5', 'jobs', 4)).toBe('Limit: 4 jobs');
    expect(parse('49', 'cores', 4)).toBe('Limit: 48 cores');
    expect(parse('65 GB', 'memory', 4)).toBe('Limit: 64 GB');
    expect(parse('48', 'cores', 4)).toEqual({ unit: 'cores', amount: 48 });
  });

  it('shows memory in the unit of a job', () => {
    expect(memoryUnit(job)).toBe('GB');
    expect(memoryUnit(binary)).toBe('GiB');
    expect(amountText({ unit: 'memory', amount: 80e9 }, job)).toBe('80');
    expect(amountText({ unit: 'memory', amount: 80 * 2 ** 30 }, binary)).toBe('80');
    expect(amountText({ unit: 'cores', amount: 96 }, job)).toBe('96');
  });
});
