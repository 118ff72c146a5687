import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ISite } from '../../../src/api/restapi';
import { RestError } from '../../../src/api/restapi';
import { NewClusterForm } from '../../../src/newcluster/form';
import { NewClusterModel, PREVIEW_DELAY } from '../../../src/newcluster/model/model';
import { estimateWords, totalSentence } from '../../../src/newcluster/model/sentence';
import { COPIED_FOR } from '../../../src/newcluster/script/copybutton';
import type { FakeManager } from '../../believable';
import {
  aManager,
  anEstimate,
  aPartition,
  aProfile,
  aScript,
  aSite,
  trans
} from '../../believable';

const long = aPartition({
  name: 'long',
  default: false,
  cores_per_node: 64,
  memory_per_node: 256e9,
  max_walltime: 172_800,
  default_walltime: 3600,
  accounts: ['physics'],
  gpus: [
    { type: 'a100', per_node: 4, total: 8, idle: 3 },
    { type: 'v100', per_node: 2, total: 4, idle: null }
  ]
});
const broken = aPartition({ name: 'broken', default: false, available: false, idle_cores: 0 });

function site(changes: Partial<ISite> = {}): ISite {
  return aSite({
    partitions: [aPartition(), long, broken],
    accounts: ['physics', 'chemistry'],
    default_account: 'chemistry',
    qos: ['normal', 'short'],
    qos_limits: {},
    ...changes
  });
}

let manager: FakeManager;
let model: NewClusterModel;
const state = { fetch: vi.fn(), save: vi.fn() };

async function open(options: Partial<NewClusterModel.IOptions> = {}): Promise<void> {
  model = new NewClusterModel({ manager, trans, state: state as never, ...options });
  render(<NewClusterForm model={model} trans={trans} />);
  await act(async () => {
    await model.ready;
    await vi.advanceTimersByTimeAsync(0);
  });
}

const pause = (): Promise<unknown> => act(() => vi.advanceTimersByTimeAsync(PREVIEW_DELAY));
const radio = (name: RegExp): HTMLInputElement => screen.getByRole('radio', { name });
const more = (): HTMLElement => screen.getByRole('button', { name: /^More options/ });
const asked = () => manager.jobScript.mock.lastCall![0];

beforeEach(() => {
  vi.useFakeTimers();
  manager = aManager([], site());
  state.fetch.mockReset().mockResolvedValue(undefined);
  state.save.mockReset().mockResolvedValue(undefined);
});

afterEach(() => {
  cleanup();
  model.dispose();
  vi.useRealTimers();
});

describe('the partitions', () => {
  it('are cards that say what each has', async () => {
    await open();
    const group = within(screen.getByRole('radiogroup', { name: 'Partition' }));
    expect(group.getAllByRole('radio')).toHaveLength(4);
    expect(radio(/^debug/).checked).toBe(true);
    const words = (name: string): string => screen.getByTestId(`partition-${name}`).textContent!;
    expect(words('auto')).toContain('the first that fits');
    expect(words('debug')).toContain('41 of 64 cores idle');
    expect(words('debug')).toContain('up to 30 min');
    expect(words('debug')).not.toMatch(/GPU|a100/);
    expect(words('long')).toContain('3 of 8 a100 idle');
    expect(words('long')).toContain('4 v100');
    expect(words('long')).toContain('up to 2 d');
    expect(words('long')).toContain('default 1 h');
    expect(words('broken')).toContain('down: starts no jobs now');
  });

  it('follow what is idle while the dialog is open', async () => {
    await open();
    act(() => {
      manager.site = site({ partitions: [aPartition({ idle_cores: 7 }), long] });
      manager.changed.emit();
    });
    expect(screen.getByTestId('partition-debug').textContent).toContain('7 of 64 cores idle');
  });

  it('bound the fields', async () => {
    await open();
    expect(screen.getByText('1–16 on a node')).toBeTruthy();
    fireEvent.click(radio(/^long/));
    await pause();
    expect(asked().options.partition).toBe('long');
    expect(screen.getByText('1–64 on a node')).toBeTruthy();
    expect(screen.getByText(/up to 256 GB/)).toBeTruthy();
    fireEvent.click(radio(/^automatic/));
    await pause();
    expect(asked().options.partition).toBe('auto');
    manager.jobScript.mockResolvedValueOnce(aScript({ options: { partition: 'debug,long' } }));
    fireEvent.change(screen.getByLabelText('Cores per job'), { target: { value: '2' } });
    await pause();
    expect(screen.getByTestId('partition-auto').textContent).toContain('now: debug, long');
  });

  it('are not automatic on a server too old to know it', async () => {
    manager.site = site({ qos_limits: undefined });
    await open();
    expect(screen.queryByRole('radio', { name: /^automatic/ })).toBeNull();
  });

  it('are a list where there are many', async () => {
    const partitions = [...'abcdefgh'].map(name => aPartition({ name, default: name === 'c' }));
    manager.site = site({ partitions });
    await open();
    const list = screen.getByLabelText<HTMLSelectElement>('Partition');
    expect(list.value).toBe('c');
    expect(list.options).toHaveLength(9);
    expect(list.options[1].text).toBe('a · 41 of 64 cores idle · up to 30 min');
    fireEvent.change(list, { target: { value: 'h' } });
    expect(model.values.partition).toBe('h');
  });

  it('show what is configured though it is no single one of them', async () => {
    manager.site = site({ defaults: { partition: 'debug,long' } });
    await open();
    expect(radio(/^debug,long/).checked).toBe(true);
    expect(screen.getByText('1–64 on a node')).toBeTruthy();
  });

  it('are a text where none is known', async () => {
    manager.site = site({ partitions: [] });
    await open();
    expect(screen.getByLabelText('Partition').tagName).toBe('INPUT');
  });
});

describe('GPUs', () => {
  it('are asked for where there are some, and written as gres', async () => {
    await open();
    expect(screen.queryByLabelText('GPUs per job')).toBeNull();
    fireEvent.click(radio(/^long/));
    const count = screen.getByLabelText('GPUs per job');
    fireEvent.change(screen.getByLabelText('Type of GPU'), { target: { value: 'a100' } });
    fireEvent.change(count, { target: { value: '2' } });
    await pause();
    expect(asked().options.gres).toBe('gpu:a100:2');
    fireEvent.change(screen.getByLabelText('Type of GPU'), { target: { value: '' } });
    expect(model.values.gres).toBe('gpu:2');
    fireEvent.change(count, { target: { value: '' } });
    await pause();
    expect(asked().options).not.toHaveProperty('gres');
  });

  it('are a text where it says more than that', async () => {
    await open();
    fireEvent.click(radio(/^long/));
    fireEvent.click(more());
    const text = screen.getByLabelText('Generic resources (gres)');
    fireEvent.change(text, { target: { value: 'gpu:1,tmp:10G' } });
    expect(screen.queryByLabelText('GPUs per job')).toBeNull();
  });
});

describe('more options', () => {
  it('are hidden until they are asked for, and say what is inside', async () => {
    await open();
    expect(more().getAttribute('aria-expanded')).toBe('false');
    expect(more().textContent).toContain('account, QOS');
    expect(screen.queryByLabelText('Account')).toBeNull();
    fireEvent.click(more());
    for (const label of [
      'Adapt up to',
      'Account',
      'QOS',
      'Generic resources (gres)',
      'Idle time-out',
      'Maximum age',
      'Death time-out',
      'Network interface',
      "Scheduler's interface",
      'Local directory',
      'Log directory',
      'Prologue',
      'Extra directives',
      'Directives left out',
      'Worker arguments'
    ]) {
      expect(screen.getByLabelText(label)).toBeTruthy();
    }
  });

  it('travel as what they are', async () => {
    await open();
    fireEvent.click(more());
    const type = (label: string, value: string): void => {
      fireEvent.change(screen.getByLabelText(label), { target: { value } });
    };
    type('Account', 'physics');
    type('QOS', 'short');
    type('Prologue', 'module load gcc\n\nexport A=" b"');
    type('Extra directives', '--exclusive');
    type('Idle time-out', '8 h');
    type('Maximum age', '0');
    type('Death time-out', '90 s');
    type('Log directory', '~/logs');
    await pause();
    expect(asked().options).toMatchObject({
      account: 'physics',
      qos: 'short',
      job_script_prologue: ['module load gcc', 'export A=" b"'],
      job_extra_directives: ['--exclusive'],
      idle_timeout: 28_800,
      maximum_age: 0,
      death_timeout: 90,
      log_directory: '~/logs'
    });
    fireEvent.click(more());
    expect(more().textContent).toContain('set: account, QOS');
  });

  it('offer the accounts that the partition allows', async () => {
    await open();
    fireEvent.click(more());
    const words = (): string[] =>
      [...screen.getByLabelText<HTMLSelectElement>('Account').options].map(option => option.text);
    expect(words()).toEqual(['default: chemistry', 'physics', 'chemistry']);
    fireEvent.click(radio(/^long/));
    expect(words()).toEqual(['default: chemistry', 'physics']);
  });

  it('have a text for the account where there is no accounting', async () => {
    manager.site = site({ accounts: [], qos: [] });
    await open();
    fireEvent.click(more());
    expect(screen.getByLabelText('Account').tagName).toBe('INPUT');
  });

  it('open by themselves for a problem within', async () => {
    await open();
    const problems = [{ field: 'log_directory', message: 'spaces are not allowed' }];
    manager.jobScript.mockResolvedValueOnce(aScript({ problems }));
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '20' } });
    await pause();
    expect(more().getAttribute('aria-expanded')).toBe('true');
    expect(screen.getByTestId('problem-log_directory').textContent).toContain('spaces');
  });

  it('open by themselves for what was used last', async () => {
    state.fetch.mockResolvedValue({ qos: 'short', name: 'old' });
    await open();
    expect(more().getAttribute('aria-expanded')).toBe('true');
    expect(screen.getByLabelText<HTMLSelectElement>('QOS').value).toBe('short');
  });

  it('refuse a time without its unit', async () => {
    await open();
    fireEvent.click(more());
    fireEvent.change(screen.getByLabelText('Idle time-out'), { target: { value: '30' } });
    expect(screen.getByTestId('problem-idle_timeout').textContent).toContain('30 min');
    expect(model.canCreate).toBe(false);
  });

  it('ask for a job of the controller when it is to live in one', async () => {
    manager.site = site({ placements: ['local', 'job'] });
    await open();
    fireEvent.click(more());
    expect(screen.queryByLabelText('Walltime of the controller')).toBeNull();
    fireEvent.change(screen.getByLabelText('Controller'), { target: { value: 'job' } });
    const walltime = screen.getByLabelText('Walltime of the controller');
    fireEvent.change(walltime, { target: { value: '1-00:00:00' } });
    await pause();
    expect(asked().options).toMatchObject({ placement: 'job', controller_walltime: '1-00:00:00' });
    fireEvent.change(screen.getByLabelText('Controller'), { target: { value: 'local' } });
    await pause();
    expect(asked().options).not.toHaveProperty('controller_walltime');
  });

  it('leave out what means nothing to the local queue', async () => {
    await open();
    fireEvent.click(radio(/^long/));
    act(() => model.setBatchSystem('local'));
    await pause();
    expect(asked().options).not.toHaveProperty('partition');
    fireEvent.click(more());
    expect(screen.queryByLabelText('Account')).toBeNull();
    expect(screen.queryByLabelText('Extra directives')).toBeNull();
    expect(screen.getByLabelText('Prologue')).toBeTruthy();
  });
});

describe('start from', () => {
  const profiles = [
    aProfile({ name: 'small', source: 'administrator', options: { cores: 1 }, scaling: null }),
    aProfile({
      name: 'mine',
      description: 'For the nightly run',
      options: {
        cores: 8,
        memory: 32e9,
        walltime: 7200,
        job_script_prologue: ['a', 'b'],
        idle_timeout: 5400
      },
      scaling: { adapt: { minimum_jobs: 1, maximum_jobs: 5 } }
    })
  ];
  const list = (): HTMLSelectElement => screen.getByLabelText('Start from');

  it('fills the form with a profile, and with the defaults again', async () => {
    manager.profiles.mockResolvedValue(profiles);
    await open();
    const name = model.values.name;
    expect([...list().options].map(option => option.text)).toEqual([
      'site defaults',
      'small',
      'mine'
    ]);
    fireEvent.change(list(), { target: { value: 'profile:mine' } });
    expect(model.values).toMatchObject({
      name,
      cores: '8',
      memory: '32 GB',
      walltime: '02:00:00',
      job_script_prologue: 'a\nb',
      idle_timeout: '1 h 30 min',
      scaling: '1',
      most: '5'
    });
    expect(screen.getByText('For the nightly run')).toBeTruthy();
    // What it brings is shown.
    expect(more().getAttribute('aria-expanded')).toBe('true');
    await pause();
    expect(asked()).toMatchObject({
      options: { cores: 8, memory: '32 GB', idle_timeout: 5400 },
      scaling: { adapt: { minimum_jobs: 1, maximum_jobs: 5 } }
    });
    fireEvent.change(screen.getByLabelText('Cores per job'), { target: { value: '9' } });
    expect(screen.getByText('For the nightly run · changed since')).toBeTruthy();
    fireEvent.change(list(), { target: { value: 'site' } });
    expect(model.values).toMatchObject({ cores: '4', most: '', job_script_prologue: '' });
  });

  it('begins with what was used last, all of its fields', async () => {
    state.fetch.mockResolvedValue({ cores: '7', qos: 'short', log_directory: '~/logs' });
    await open();
    expect(list().value).toBe('last');
    expect(model.values).toMatchObject({ cores: '7', qos: 'short', log_directory: '~/logs' });
  });

  it('saves what is typed as a profile, and starts from it', async () => {
    manager.profiles.mockResolvedValue(profiles);
    await open();
    manager.saveProfile.mockImplementationOnce(async name =>
      aProfile({ name, options: { cores: 3, memory: 15e9, walltime: 600 }, scaling: { jobs: 1 } })
    );
    fireEvent.change(screen.getByLabelText('Cores per job'), { target: { value: '3' } });
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '10' } });
    fireEvent.click(screen.getByRole('button', { name: 'Save as profile …' }));
    const name = screen.getByLabelText('Name of the profile');
    fireEvent.change(name, { target: { value: 'a/b' } });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(true);
    fireEvent.change(name, { target: { value: ' three ' } });
    await act(async () => {
      fireEvent.keyDown(name, { key: 'Enter' });
    });
    expect(manager.saveProfile.mock.lastCall).toEqual([
      'three',
      { options: { cores: 3, memory: '15 GB', walltime: '10' }, scaling: { jobs: 1 } }
    ]);
    expect(model.values.walltime).toBe('00:10:00');
    expect(screen.queryByText('changed since')).toBeNull();
    expect(list().value).toBe('profile:three');
    expect(screen.queryByLabelText('Name of the profile')).toBeNull();
    expect(document.activeElement).toBe(list());
  });

  it('replaces one of the same name, and shows why it could not', async () => {
    manager.profiles.mockResolvedValue(profiles);
    manager.saveProfile.mockRejectedValueOnce(new RestError('the disk is full', 500));
    await open();
    fireEvent.click(screen.getByRole('button', { name: 'Save as profile …' }));
    const name = screen.getByLabelText('Name of the profile');
    fireEvent.change(name, { target: { value: 'mine' } });
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Replace' }));
    });
    expect(screen.getByText('the disk is full')).toBeTruthy();
    expect(screen.getByLabelText('Name of the profile')).toBeTruthy();
    fireEvent.keyDown(name, { key: 'Escape' });
    expect(screen.queryByLabelText('Name of the profile')).toBeNull();
  });

  it("deletes one's own, and no other", async () => {
    manager.profiles.mockResolvedValueOnce(profiles).mockResolvedValue(profiles.slice(0, 1));
    await open();
    fireEvent.change(list(), { target: { value: 'profile:small' } });
    expect(screen.queryByRole('button', { name: /^Delete/ })).toBeNull();
    fireEvent.change(list(), { target: { value: 'profile:mine' } });
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Delete the profile mine' }));
    });
    expect(manager.deleteProfile).toHaveBeenCalledWith('mine');
    expect(list().value).toBe('site');
    expect(model.values.cores).toBe('8');
  });

  it('saves nothing on a server too old to keep profiles', async () => {
    await open();
    expect(screen.queryByRole('button', { name: 'Save as profile …' })).toBeNull();
  });
});

describe('the script', () => {
  const line = (text: string): HTMLElement => screen.getByText(text).parentElement!;

  beforeEach(() => {
    manager.jobScript.mockResolvedValue(
      aScript({
        lines: [
          { text: '#!/usr/bin/env bash', from: null },
          { text: '#SBATCH --cpus-per-task=4', from: 'cores' },
          { text: '#SBATCH --array=0-0', from: 'scaling' },
          { text: '#SBATCH --exclusive', from: 'job_extra_directives' }
        ],
        jobs: 0
      })
    );
  });

  it('says that no job is submitted at first', async () => {
    await open();
    const array = line('#SBATCH --array=0-0');
    expect(array.dataset.moot).toBe('true');
    expect(array.textContent).toContain('no job at first');
  });

  it('leads to the field of a line, also by keyboard, also among the more options', async () => {
    await open();
    fireEvent.click(line('#SBATCH --cpus-per-task=4'));
    expect(document.activeElement).toBe(screen.getByLabelText('Cores per job'));
    const script = screen.getByTestId('job-script');
    for (let step = 0; step < 9; step++) {
      fireEvent.keyDown(script, { key: 'ArrowDown' });
    }
    const current = document.getElementById(script.getAttribute('aria-activedescendant')!)!;
    expect(current.textContent).toContain('--exclusive');
    expect(current.dataset.lit).toBe('true');
    fireEvent.keyDown(script, { key: 'Enter' });
    expect(document.activeElement).toBe(screen.getByLabelText('Extra directives'));
  });

  it('can be had in Python and as YAML, and copied', async () => {
    const write = vi.fn(async () => undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText: write } });
    await open();
    fireEvent.click(screen.getByRole('radio', { name: 'Python' }));
    expect(screen.getByTestId('export-python').textContent).toBe('cluster = SLURMCluster()');
    const copy = screen.getByRole('button', { name: 'Copy the Python code' });
    await act(async () => {
      fireEvent.click(copy);
    });
    expect(write).toHaveBeenCalledWith('cluster = SLURMCluster()');
    expect(screen.getByText('copied')).toBeTruthy();
    await act(() => vi.advanceTimersByTimeAsync(COPIED_FOR));
    expect(screen.queryByText('copied')).toBeNull();
    fireEvent.click(screen.getByRole('radio', { name: 'YAML' }));
    expect(screen.getByTestId('export-yaml').textContent).toBe('jobqueue:');
    vi.unstubAllGlobals();
  });

  it('is all there is on a server too old to export it', async () => {
    manager.jobScript.mockResolvedValue(aScript({ exports: undefined }));
    await open();
    expect(screen.queryByRole('radio', { name: 'Python' })).toBeNull();
  });
});

describe('the footer', () => {
  it('says what all jobs are, and what is in the way', async () => {
    manager.jobScript.mockResolvedValue(
      aScript({ jobs: 8, cores: 96, memory: 128e9, workers: 32 })
    );
    await open();
    const size = '8 jobs × 12 cores = 96 cores, 128 GB, 32 workers';
    expect(totalSentence(model, trans)).toBe(size);
    manager.jobScript.mockResolvedValueOnce(
      aScript({
        ...aScript({ jobs: 8, cores: 96, memory: 128e9, workers: 32 }),
        problems: [{ field: 'walltime', message: 'debug allows 30 min' }]
      })
    );
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '40' } });
    await pause();
    expect(totalSentence(model, trans)).toBe(`${size} · cannot start: walltime`);
  });

  it.each([
    [{}, 'a job would start now on n2'],
    [{ estimated_start: '2026-11-23T10:00:40Z', node: null }, 'a job would start now'],
    [
      { estimated_start: null, message: 'Requested node configuration is not available' },
      'Requested node configuration is not available'
    ],
    [{ estimated_start: null, node: null }, '']
  ])('says of the estimate %j: %j', async (changes, words) => {
    const now = Date.parse('2026-11-23T10:00:00Z');
    await open();
    vi.spyOn(model, 'estimate', 'get').mockReturnValue(anEstimate(changes));
    expect(estimateWords(model, now, trans)).toBe(words);
  });

  it('names the partition where it was left open', async () => {
    await open();
    fireEvent.click(radio(/^automatic/));
    vi.spyOn(model, 'estimate', 'get').mockReturnValue(anEstimate({ partition: 'long' }));
    const now = Date.parse('2026-11-23T10:00:00Z');
    expect(estimateWords(model, now, trans)).toBe('a job would start now on n2 (long)');
  });

  it('names the hour of a later start', async () => {
    await open();
    vi.spyOn(model, 'estimate', 'get').mockReturnValue(
      anEstimate({ estimated_start: '2026-11-23T12:30:00Z' })
    );
    const words = estimateWords(model, Date.parse('2026-11-23T10:00:00Z'), trans);
    expect(words).toMatch(/^a job would start about .*30.* on n2$/);
  });
});

describe('the environment', () => {
  const environments = [
    { name: 'python3', display_name: 'Python 3', python: '/usr/bin/python3' },
    { name: 'py311', display_name: 'Python 3.11', python: '/envs/py311/bin/python' }
  ];

  it('is said to be that of the notebook, or can be made so', async () => {
    manager.environments.mockResolvedValue(environments);
    manager.site = site({ defaults: { python: '/usr/bin/python3' } });
    await open({ kernel: () => 'py311' });
    expect(screen.getByText(/Your notebook runs Python 3.11/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Use it?' }));
    expect(model.values.python).toBe('/envs/py311/bin/python');
    expect(screen.getByText('the same as your notebook ✓')).toBeTruthy();
  });

  it('says nothing without a notebook', async () => {
    manager.environments.mockResolvedValue(environments);
    await open({ kernel: () => null });
    expect(screen.queryByText(/notebook/)).toBeNull();
  });
});
