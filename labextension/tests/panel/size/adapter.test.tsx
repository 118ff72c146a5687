import { act, fireEvent } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IAdapt, IAdaptive, ICluster } from '../../../src/api/restapi';
import { RestError } from '../../../src/api/restapi';
import { KEY_DELAY } from '../../../src/panel/size/model';
import { aCluster, noJobs } from '../../fixtures';
import { panelHarness } from '../../panelharness';

const adapt: IAdapt = { minimum_jobs: 1, maximum_jobs: 8, grow_after: 2, shrink_after: 120 };

function adapting(range: Partial<IAdapt> = {}, adaptive: Partial<IAdaptive> = {}): ICluster {
  return aCluster({
    scaling: { adapt: { ...adapt, ...range } },
    adaptive: { needed: 3, grows_at: null, shrinks_at: null, ...adaptive },
    jobs: { ...noJobs, desired: 3, running: 3, connected: 3 }
  });
}

describe('a cluster that follows its tasks', () => {
  let panel: ReturnType<typeof panelHarness>;

  beforeEach(() => {
    vi.useFakeTimers();
    panel = panelHarness();
    panel.manager.scale.mockImplementation(async (id, scaling) => aCluster({ id, scaling }));
  });

  afterEach(() => {
    panel.close();
    vi.useRealTimers();
  });

  const field = (name: string): HTMLInputElement =>
    panel.card().getByRole('textbox', { name }) as HTMLInputElement;
  const minimum = (): HTMLInputElement => field('Minimum number of jobs');
  const maximum = (): HTMLInputElement => field('Maximum number of jobs');
  const mode = (name: string): HTMLInputElement =>
    panel.card().getByRole('radio', { name }) as HTMLInputElement;
  const choose = (name: string): Promise<void> => act(async () => void fireEvent.click(mode(name)));
  const give = (input: HTMLInputElement, value: string): Promise<void> =>
    act(async () => {
      fireEvent.change(input, { target: { value } });
      fireEvent.keyDown(input, { key: 'Enter' });
    });
  const inSeconds = (seconds: number): string =>
    new Date(Date.now() + 1000 * seconds).toISOString();

  it('has a range in the place of the slider, and says what it comes to', () => {
    panel.open(adapting());
    expect(mode('Adaptive').checked).toBe(true);
    expect(panel.card().queryByTestId('scale-slider')).toBeNull();
    expect([minimum().value, maximum().value]).toEqual(['1', '8']);
    expect(panel.card().getByTestId('scale-sentence').textContent).toBe(
      '1–8 jobs = up to 96 cores, 128 GB'
    );
  });

  it('has a slider with two thumbs: sent when the hand lets go, the one takes the other along', async () => {
    panel.open(adapting());
    const thumb = (name: string): HTMLInputElement =>
      panel.card().getByRole('slider', { name }) as HTMLInputElement;
    const least = thumb('At least so many jobs');
    const most = thumb('At most so many jobs');
    expect([least.value, most.value, most.max]).toEqual(['1', '8', '16']);
    expect(most.getAttribute('aria-valuetext')).toBe('8 jobs');
    fireEvent.pointerDown(least, { button: 0 });
    fireEvent.change(least, { target: { value: '12' } });
    expect([least.value, most.value, most.max]).toEqual(['12', '12', '16']);
    act(() => void vi.advanceTimersByTime(10 * KEY_DELAY));
    expect(panel.manager.scale).not.toHaveBeenCalled();
    await act(async () => void fireEvent.pointerUp(window));
    expect(panel.manager.scale.mock.calls).toEqual([
      ['3f9a12bc', { adapt: { ...adapt, minimum_jobs: 12, maximum_jobs: 12 } }]
    ]);
    // By keys, it is sent after a pause.
    fireEvent.change(most, { target: { value: '14' } });
    await act(async () => void vi.advanceTimersByTime(KEY_DELAY));
    expect(panel.manager.scale).toHaveBeenLastCalledWith('3f9a12bc', {
      adapt: { ...adapt, minimum_jobs: 12, maximum_jobs: 14 }
    });
  });

  it.each([
    [1, { minimum_jobs: 1, maximum_jobs: 3 }],
    [5, { minimum_jobs: 3, maximum_jobs: 5 }]
  ])('keeps the other end where both thumbs are at one place: to %i', async (to, range) => {
    panel.open(adapting({ minimum_jobs: 3, maximum_jobs: 3 }));
    const most = panel.card().getByRole('slider', { name: 'At most so many jobs' });
    fireEvent.pointerDown(most, { button: 0 });
    fireEvent.change(most, { target: { value: String(to) } });
    await act(async () => void fireEvent.pointerUp(window));
    expect(panel.manager.scale.mock.calls).toEqual([
      ['3f9a12bc', { adapt: { ...adapt, ...range } }]
    ]);
  });

  it('keeps its switches in their place', () => {
    panel.open(adapting());
    const units = ['jobs', 'cores', 'memory'].map(name => mode(name).disabled);
    expect(units).toEqual([false, true, true]);
    expect(mode('jobs').checked).toBe(true);
  });

  it.each<[string, Partial<IAdaptive>, number, string]>([
    ['rests', {}, 0, 'Tasks need 3 jobs'],
    ['has a minimum', { needed: 1 }, 0, 'No more than the minimum is needed'],
    ['grows', { needed: 6 }, 2, 'Tasks need 6 jobs; grows in 2 s'],
    ['shrinks', { needed: 2 }, 85, 'Tasks need 2 jobs; shrinks in 1 min 25 s']
  ])('that %s says what the tasks need and what follows', (kind, adaptive, seconds, words) => {
    const at = inSeconds(seconds);
    const plan = { grows: { grows_at: at }, shrinks: { shrinks_at: at } }[kind] ?? {};
    panel.open(adapting({}, { ...adaptive, ...plan }));
    expect(panel.card().getByTestId('adaptive').querySelector('p')?.textContent).toBe(words);
  });

  it('counts down by the second', () => {
    panel.open(adapting({}, { needed: 6, grows_at: inSeconds(20) }));
    act(() => void vi.advanceTimersByTime(5000));
    expect(panel.card().getByTestId('adaptive-step').textContent).toBe('; grows in 15 s');
  });

  it('sends an end of the range at Enter, and takes the other end with it', async () => {
    panel.open(adapting());
    await give(minimum(), '10');
    expect(panel.manager.scale.mock.calls).toEqual([
      ['3f9a12bc', { adapt: { ...adapt, minimum_jobs: 10, maximum_jobs: 10 } }]
    ]);
    expect(maximum().value).toBe('10');
  });

  it('steps by keys, and sends after a pause and the last only', async () => {
    panel.open(adapting());
    fireEvent.keyDown(maximum(), { key: 'ArrowUp' });
    fireEvent.keyDown(maximum(), { key: 'ArrowUp' });
    expect(maximum().value).toBe('10');
    expect(panel.manager.scale).not.toHaveBeenCalled();
    await act(() => vi.advanceTimersByTimeAsync(KEY_DELAY));
    expect(panel.manager.scale.mock.calls).toEqual([
      ['3f9a12bc', { adapt: { ...adapt, maximum_jobs: 10 } }]
    ]);
  });

  it.each(['many', '-1', '10001'])('says what is wrong with "%s", and sends nothing', async bad => {
    panel.open(adapting());
    await give(maximum(), bad);
    expect(maximum().getAttribute('aria-invalid')).toBe('true');
    expect(maximum().value).toBe(bad);
    expect(panel.manager.scale).not.toHaveBeenCalled();
  });

  it('is not overwritten by an event while an end is typed', () => {
    panel.open(adapting());
    fireEvent.change(maximum(), { target: { value: '20' } });
    panel.event(adapting({ maximum_jobs: 4 }));
    expect(maximum().value).toBe('20');
  });

  it('follows another tab', () => {
    panel.open(adapting());
    panel.event(adapting({ maximum_jobs: 4 }));
    expect(maximum().value).toBe('4');
    panel.event(aCluster({ scaling: { jobs: 5 } }));
    expect(mode('Fixed').checked).toBe(true);
  });

  it('tells its patience in words, and takes another one', async () => {
    panel.open(adapting());
    expect(panel.card().getByText('Grows after 2 s, shrinks after 2 min')).toBeTruthy();
    expect(field('Time until it shrinks').value).toBe('2 min');
    await give(field('Time until it shrinks'), 'soon');
    expect(panel.card().getByText('Enter a time such as 30 s')).toBeTruthy();
    await give(field('Time until it shrinks'), '2 days');
    expect(panel.card().getByText('Limit: 1 d')).toBeTruthy();
    expect(panel.manager.scale).not.toHaveBeenCalled();
    await give(field('Time until it shrinks'), '5:00');
    expect(panel.manager.scale.mock.calls).toEqual([
      ['3f9a12bc', { adapt: { ...adapt, shrink_after: 300 } }]
    ]);
  });

  it('begins with as much as there is, and leaves the patience to the server', async () => {
    panel.open(aCluster());
    await choose('Adaptive');
    expect(panel.manager.scale.mock.calls).toEqual([
      ['3f9a12bc', { adapt: { minimum_jobs: 0, maximum_jobs: 4 } }]
    ]);
  });

  it('is fixed at what it has now, and comes back to its range', async () => {
    panel.open(adapting());
    await choose('Fixed');
    expect(panel.manager.scale.mock.lastCall).toEqual(['3f9a12bc', { jobs: 3 }]);
    await choose('Adaptive');
    expect(panel.manager.scale.mock.lastCall).toEqual(['3f9a12bc', { adapt }]);
  });

  it('keeps a range that cannot be sent, says why, and goes back when asked', async () => {
    panel.open(adapting());
    panel.manager.scale.mockRejectedValueOnce(new RestError('no controller', 503));
    await give(maximum(), '6');
    expect(panel.card().getByTestId('scale-error').textContent).toContain('no controller');
    expect(maximum().value).toBe('6');
    fireEvent.click(panel.card().getByRole('button', { name: 'Undo' }));
    expect(maximum().value).toBe('8');
  });
});
