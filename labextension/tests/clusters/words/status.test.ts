import { describe, expect, it } from 'vitest';
import type { ICluster } from '../../../src/api/restapi';

import {
  clusterLine,
  connectedCores,
  pythonName,
  siteLine,
  statusText,
  statusTitle
} from '../../../src/clusters/words/status';
import { aCluster, aPartition, aSite, noJobs, trans } from '../../fixtures';

const waiting = { jobs: { ...noJobs, desired: 2, pending: 2 }, cores: 0 };
const half = { jobs: { ...noJobs, desired: 4, running: 4, connected: 2 } };

describe('a line about clusters', () => {
  it.each<[Partial<ICluster>, number, string]>([
    [{}, 48, 'running, 4 of 4 jobs connected, 48 cores'],
    [half, 24, 'running, 2 of 4 jobs connected, 24 cores'],
    [waiting, 0, 'pending, 0 of 2 jobs connected'],
    [{ jobs: noJobs, cores: 0 }, 0, 'running'],
    [{ status: 'starting', jobs: noJobs, cores: 0 }, 0, 'starting'],
    [
      { jobs: { ...noJobs, desired: 1, running: 1, connected: 1 }, cores: 1 },
      1,
      'running, 1 of 1 job connected, 1 core'
    ],
    [
      { jobs: { ...noJobs, desired: 0, running: 2, connected: 2, leaving: 2 }, cores: 2 },
      2,
      'running, 2 of 2 jobs connected, 2 cores'
    ]
  ])('of %j', (changes, cores, line) => {
    expect(connectedCores(aCluster(changes))).toBe(cores);
    expect(clusterLine(aCluster(changes), trans)).toBe(line);
  });

  it('of all clusters', () => {
    const clusters = [aCluster(), aCluster({ name: 'red-fox', ...half })];
    expect(statusText(clusters, trans)).toBe('72 cores');
    expect(statusText([aCluster(waiting)], trans)).toBe('0 cores');
    expect(statusTitle(clusters, trans)).toBe(
      'blue-otter: running, 4 of 4 jobs connected, 48 cores\n' +
        'red-fox: running, 2 of 4 jobs connected, 24 cores'
    );
  });
});

describe('siteLine', () => {
  it('takes the largest partition for the whole, as partitions share nodes', () => {
    const partitions = [
      aPartition({ name: 'debug', idle_cores: 8, total_cores: 16 }),
      aPartition({ name: 'long', idle_cores: 41, total_cores: 64 })
    ];
    expect(siteLine(aSite({ partitions }), trans)).toBe('Slurm “lab” · 41 of 64 cores idle');
  });

  it('says what it knows and no more', () => {
    expect(siteLine(aSite({ cluster: null, partitions: [] }), trans)).toBe('Slurm');
    const partitions = [aPartition({ idle_cores: null })];
    expect(siteLine(aSite({ partitions }), trans)).toBe('Slurm “lab”');
  });

  it('names the embedded queue', () => {
    const partitions = [aPartition({ idle_cores: 1, total_cores: 2 })];
    const site = aSite({ batch_system: 'local', cluster: null, partitions });
    expect(siteLine(site, trans)).toBe('Embedded queue · 2 cores');
  });

  it('does not reorder the partitions it was given', () => {
    const site = aSite({
      partitions: [aPartition({ name: 'a', total_cores: 1 }), aPartition({ name: 'b' })]
    });
    siteLine(site, trans);
    expect(site.partitions.map(p => p.name)).toEqual(['a', 'b']);
  });
});

describe('pythonName', () => {
  it('shortens an interpreter to its environment', () => {
    expect(pythonName('/home/ada/envs/py311/bin/python')).toBe('py311');
    expect(pythonName('/usr/local/bin/python3.11')).toBe('local');
    expect(pythonName('python3')).toBe('python3');
  });
});
