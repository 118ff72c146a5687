import { describe, expect, it } from 'vitest';

import { isMoot, lineNote, splitPlaceholders } from '../../../src/newcluster/script/words';
import { aScript, trans } from '../../fixtures';

const script = aScript({
  jobs: 8,
  options: { cores: 12, memory: 16e9, walltime: 1800, processes: 4 }
});
const note = (text: string, from: string | null = null, of = script): string | null =>
  lineNote({ text, from }, of, false, trans);

describe('the note beside a line', () => {
  it.each([
    ['#!/usr/bin/env bash', 'cluster', null],
    ['#!/bin/zsh', 'config', 'configuration'],
    ['    tls://[scheduler] \\', 'cluster', 'the cluster itself'],
    ['#SBATCH -n 1', 'cluster', 'one job is one Slurm task, not MPI ranks'],
    [
      '#SBATCH --cpus-per-task=12',
      'cores',
      'cores: what this Slurm counts as a CPU, maybe a hardware thread'
    ],
    ['#SBATCH --mem=15G', 'memory', '16 GB is 14.9 GiB, Slurm rounds to 15G'],
    ['#SBATCH --array=0-7', 'scaling', '8 jobs, one submission'],
    ['#SBATCH -p debug', 'partition', 'partition'],
    ['#SBATCH -p debug,long', 'partition', 'whichever starts it first'],
    ['#SBATCH --mem=20G', 'config', 'configuration: 16 GB is 14.9 GiB, Slurm rounds to 20G'],
    ['#SBATCH --exclusive', 'config', 'configuration'],
    ['#SBATCH --exclusive', 'job_extra_directives', 'extra directives'],
    ['    --nthreads 3 \\', 'cores', '12 cores ÷ 4 workers'],
    ['    --nworkers 4 \\', 'processes', '4 workers in a job'],
    ['    --lifetime 1140s \\', 'walltime', '19 min: workers move their data before the walltime'],
    [
      '    --lifetime 570s \\',
      'walltime',
      '9 min 30 s: workers move their data before the walltime'
    ],
    // The same option in a line of the prologue has another meaning.
    ['-n 1', 'job_script_prologue', 'prologue']
  ])('of %j from %s is %j', (text, from, words) => {
    expect(note(text, from)).toBe(words);
  });

  it.each([
    ['#SBATCH -n 1', 'one job is one process'],
    ['#SBATCH --cpus-per-task=12', 'cores that a job holds'],
    ['#SBATCH --mem=15G', '16 GB = 14.9 GiB'],
    ['#SBATCH -t 00:30:00', 'walltime: then the queue ends the job']
  ])('does not speak of Slurm where there is none: %j', (text, words) => {
    expect(lineNote({ text, from: null }, script, true, trans)).toBe(words);
  });

  it('does not round what is binary already', () => {
    const binary = aScript({ options: { memory: 16 * 1024 ** 3 } });
    expect(note('#SBATCH --mem=16G', 'memory', binary)).toBe('16 GiB, in the units of Slurm');
  });

  it('says that no job is submitted at first, and how it would be', () => {
    const none = aScript({ jobs: 0 });
    const line = { text: '#SBATCH --array=0-0', from: 'scaling' };
    expect(isMoot(line, none)).toBe(true);
    expect(isMoot(line, script)).toBe(false);
    expect(lineNote(line, none, false, trans)).toContain('no job at first; 8 would be --array=0-7');
  });
});

it('placeholders are set apart', () => {
  expect(splitPlaceholders('-o [cluster]/jobs/%A.log')).toEqual([
    { text: '-o ', isPlaceholder: false },
    { text: '[cluster]', isPlaceholder: true },
    { text: '/jobs/%A.log', isPlaceholder: false }
  ]);
  expect(splitPlaceholders('[ -d x ]').some(part => part.isPlaceholder)).toBe(false);
});
