import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';

import { estimateWords, totalSentence } from '../../../src/newcluster/model/sentence';
import { anEstimate, aScript, aSite, trans } from '../../fixtures';
import { formHarness } from '../harness';

const form = formHarness();

describe('the footer', () => {
  it('says what all jobs are, and what is in the way', async () => {
    form.manager.jobScript.mockResolvedValue(
      aScript({ jobs: 8, cores: 96, memory: 128e9, workers: 32 })
    );
    await form.open();
    const size = '8 jobs × 12 cores = 96 cores, 128 GB, 32 workers';
    expect(totalSentence(form.model, trans)).toBe(size);
    form.manager.jobScript.mockResolvedValueOnce(
      aScript({
        ...aScript({ jobs: 8, cores: 96, memory: 128e9, workers: 32 }),
        problems: [{ field: 'walltime', message: 'debug allows 30 min' }]
      })
    );
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '40' } });
    await form.pause();
    expect(totalSentence(form.model, trans)).toBe(`${size} · Cannot create: fix Walltime`);
  });

  it('says how long the job of a controller lets the cluster live', async () => {
    const site = { placements: ['local' as const, 'job' as const] };
    form.manager.site = aSite({ ...site, defaults: { placement: 'job' } });
    const options = { ...aScript().options, controller_walltime: 1800 };
    form.manager.jobScript.mockResolvedValue(aScript({ options }));
    await form.open();
    expect(totalSentence(form.model, trans)).toMatch(/ · ends after 30 min at the latest$/);
    fireEvent.click(form.more());
    expect(screen.getByText(/keeps the cluster alive .* for 30 min at most/)).toBeTruthy();
    const partition = screen.getByLabelText<HTMLSelectElement>('Partition of the controller');
    expect(partition.options[0].text).toBe('that of the jobs');
    fireEvent.change(screen.getByLabelText('Controller'), { target: { value: 'local' } });
    expect(totalSentence(form.model, trans)).not.toMatch(/ends after/);
  });

  it('says what may keep the jobs from starting, and promises no start then', async () => {
    await form.open();
    const warnings = [
      { field: 'walltime', message: 'debug allows 30 min', doubtful: true },
      { field: 'cores', message: 'whole nodes', doubtful: false }
    ];
    form.manager.jobScript.mockResolvedValueOnce(aScript({ warnings }));
    fireEvent.change(screen.getByLabelText('Walltime'), { target: { value: '40' } });
    await form.pause();
    expect(totalSentence(form.model, trans)).toMatch(/ · may never start: walltime$/);
    vi.spyOn(form.model, 'estimate', 'get').mockReturnValue(anEstimate({}));
    const now = Date.parse('2026-11-23T10:00:00Z');
    expect(estimateWords(form.model, now, trans)).toBe('');
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
    await form.open();
    vi.spyOn(form.model, 'estimate', 'get').mockReturnValue(anEstimate(changes));
    expect(estimateWords(form.model, now, trans)).toBe(words);
  });

  it('says how many of many jobs would start', async () => {
    form.manager.jobScript.mockResolvedValue(
      aScript({ jobs: 5000, options: { cores: 4, memory: 4e9, partition: 'debug' } })
    );
    await form.open();
    const now = Date.parse('2026-11-23T10:00:00Z');
    const estimate = vi.spyOn(form.model, 'estimate', 'get').mockReturnValue(anEstimate());
    // 41 idle cores of debug, at 16 a node: twice 4, and 2 on the 9 that are left.
    expect(estimateWords(form.model, now, trans)).toBe('about 10 of 5000 jobs would start now');
    // Later than now Slurm knows of one job only.
    estimate.mockReturnValue(anEstimate({ estimated_start: '2026-11-23T12:30:00Z' }));
    expect(estimateWords(form.model, now, trans)).toMatch(/^a job would start about/);
  });

  it('names the partition where it was left open', async () => {
    await form.open();
    fireEvent.click(form.radio(/^automatic/));
    vi.spyOn(form.model, 'estimate', 'get').mockReturnValue(anEstimate({ partition: 'long' }));
    const now = Date.parse('2026-11-23T10:00:00Z');
    expect(estimateWords(form.model, now, trans)).toBe('a job would start now on n2 (long)');
  });

  it('names the hour of a later start', async () => {
    await form.open();
    vi.spyOn(form.model, 'estimate', 'get').mockReturnValue(
      anEstimate({ estimated_start: '2026-11-23T12:30:00Z' })
    );
    const words = estimateWords(form.model, Date.parse('2026-11-23T10:00:00Z'), trans);
    expect(words).toMatch(/^a job would start about .*30.* on n2$/);
  });
});
