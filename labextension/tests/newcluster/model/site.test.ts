import { describe, expect, it } from 'vitest';

import { remediesOf } from '../../../src/newcluster/model/remedies';
import {
  boundsOf,
  isKnownPartition,
  jobsThatFit,
  namesFor,
  partitionsOf
} from '../../../src/newcluster/model/site';
import { aPartition, aSite, trans } from '../../fixtures';

const debug = aPartition();
const long = aPartition({
  name: 'long',
  default: false,
  cores_per_node: 64,
  memory_per_node: 256e9,
  max_walltime: 172_800,
  accounts: ['physics'],
  gpus: [
    { type: 'a100', per_node: 4, total: 8, idle: 3 },
    { type: 'v100', per_node: 2, total: 4, idle: 4 }
  ]
});
const down = aPartition({ name: 'down', default: false, available: false, max_walltime: null });
const site = aSite({
  partitions: [debug, long, down],
  accounts: ['physics', 'chemistry'],
  qos: ['normal', 'short'],
  qos_limits: {
    short: {
      max_walltime: 600,
      max_cores: 8,
      max_memory: null,
      max_gpus: 1,
      overrides_partition: false
    },
    endless: {
      max_walltime: 864_000,
      max_cores: null,
      max_memory: null,
      max_gpus: null,
      overrides_partition: true
    }
  }
});

describe('the partitions of a choice', () => {
  it.each([
    ['', ['debug']],
    ['long', ['long']],
    ['debug,long', ['debug', 'long']],
    ['auto', ['debug', 'long']],
    ['gone', []]
  ])('%j are %j', (chosen, names) => {
    expect(partitionsOf(site, chosen).map(p => p.name)).toEqual(names);
  });

  it('are the one that is really called auto', () => {
    const named = aSite({ ...site, partitions: [debug, aPartition({ name: 'auto' })] });
    expect(partitionsOf(named, 'auto').map(p => p.name)).toEqual(['auto']);
  });

  it('do not include "auto" on a server too old to know it', () => {
    const old = aSite({ partitions: [debug, long] });
    expect(isKnownPartition(old, 'auto')).toBe(false);
    expect(isKnownPartition(site, 'auto')).toBe(true);
  });
});

describe('the bounds', () => {
  it.each([
    ['debug', '', { cores: 16, memory: 62e9, walltime: 1800 }],
    ['auto', '', { cores: 64, memory: 256e9, walltime: 172_800 }],
    ['debug,down', '', { cores: 16, walltime: null }],
    ['long', 'short', { cores: 8, memory: 256e9, walltime: 600 }],
    ['debug', 'endless', { cores: 16, walltime: 864_000 }]
  ])('of %j with the QOS %j', (chosen, qos, bounds) => {
    expect(boundsOf(site, chosen, qos)).toMatchObject(bounds);
  });

  it('count the cores that a job may have of each socket', () => {
    const halves = aPartition({ max_cores_per_socket: 4, sockets_per_node: 2 });
    expect(boundsOf(aSite({ partitions: [halves] }), '', '').cores).toBe(8);
    const unknown = aPartition({ max_cores_per_socket: 4 });
    expect(boundsOf(aSite({ partitions: [unknown] }), '', '').cores).toBe(unknown.cores_per_node);
  });

  it('tell of the GPUs where there are some', () => {
    expect(boundsOf(site, 'debug', '').gpus).toEqual([]);
    expect(boundsOf(site, 'auto', '').gpus.map(g => g.type)).toEqual(['a100', 'v100']);
    expect(boundsOf(site, 'long', 'short').gpus.map(g => g.per_node)).toEqual([1, 1]);
  });
});

it('the accounts are those that the chosen partitions allow', () => {
  expect(namesFor(site, 'long', 'account')).toEqual(['physics']);
  expect(namesFor(site, 'auto', 'account')).toEqual(['physics', 'chemistry']);
  expect(namesFor(site, 'long', 'qos')).toEqual(['normal', 'short']);
});

describe('the ways out', () => {
  const ways = (field: 'cores' | 'memory' | 'walltime' | 'gres', options: object, qos = '') =>
    remediesOf(
      field,
      { cores: 4, memory: 16e9, walltime: 600, ...options },
      { partition: '', qos },
      site,
      trans
    ).map(remedy => `${remedy.field}=${remedy.value} ${remedy.word}`);

  it.each([
    ['walltime', { walltime: 2400 }, ['partition=long long', 'walltime=00:30:00 30 min']],
    ['cores', { cores: 32 }, ['partition=long long', 'cores=16 16']],
    ['cores', { cores: 1000 }, ['cores=16 16']],
    ['memory', { memory: 100e9 }, ['partition=long long', 'memory=62 GB 62 GB']],
    ['gres', { gres: 'gpu:a100:2' }, ['partition=long long']],
    ['gres', { gres: 'gpu:h100:1' }, []],
    ['cores', {}, []]
  ] as const)('of %s for %j are %j', (field, options, found) => {
    expect(ways(field, options)).toEqual(found);
  });

  it('prefer a partition in which all of the job fits', () => {
    const big = aPartition({ name: 'big', default: false, max_walltime: null });
    const roomy = aSite({ ...site, partitions: [debug, big, long] });
    const options = { cores: 32, memory: 16e9, walltime: 2400 };
    const found = remediesOf('walltime', options, { partition: '', qos: '' }, roomy, trans);
    expect(found[0].value).toBe('long');
  });

  it('stay within the QOS', () => {
    expect(ways('cores', { cores: 12 }, 'short')).toEqual(['cores=8 8']);
  });

  it('are none of what could not be read', () => {
    expect(remediesOf('memory', null, { partition: '', qos: '' }, site, trans)).toEqual([]);
  });
});

describe('jobsThatFit', () => {
  const partition = aPartition({ idle_cores: 40, cores_per_node: 16, memory_per_node: 64e9 });

  it.each([
    [{ cores: 4, memory: 4e9 }, {}, 10],
    [{ cores: 12, memory: 4e9 }, {}, 2],
    [{ cores: 1, memory: 32e9 }, {}, 6],
    [{ cores: 17, memory: 4e9 }, {}, 0],
    [{ cores: 4, memory: 4e9 }, { whole_nodes: true }, 2],
    [{ cores: 4, memory: 4e9 }, { idle_cores: 0 }, 0],
    [{ cores: 4, memory: 0 }, { cores_per_node: null, memory_per_node: null }, 10],
    [{ cores: 4, memory: 4e9 }, { idle_cores: null }, null]
  ])('of %j on %j: %s', (job, changes, jobs) => {
    expect(jobsThatFit({ ...partition, ...changes }, job)).toBe(jobs);
  });
});
