import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ICluster } from '../../src/api/restapi';
import { RestError } from '../../src/api/restapi';
import { CommandIDs } from '../../src/clusters/commandids';
import { aCluster, aProblem, noJobs } from '../fixtures';
import { panelHarness } from '../panelharness';

let panel: ReturnType<typeof panelHarness>;

beforeEach(() => {
  panel = panelHarness();
});

afterEach(() => panel.close());

const named = (name: string, changes: Partial<ICluster> = {}): ICluster =>
  aCluster({ id: `id-${name}`, name, ...changes });
const failing = named('red-fox', { problems: [aProblem({ code: 'jobs_failed' })] });
const over = (name: string): ICluster =>
  named(name, { status: 'failed', problems: [aProblem({ code: 'idle', message: 'unused' })] });
const names = (): string[] =>
  screen.getAllByTestId('cluster-card').map(card => card.dataset.clusterName!);
const isOpen = (name: string): string | null =>
  panel
    .card(name)
    .getByRole('button', { name: `Details of ${name}` })
    .getAttribute('aria-expanded');

const widths = (bar: HTMLElement): Record<string, string> =>
  Object.fromEntries(
    [...bar.querySelectorAll<HTMLElement>('[data-kind]')].map(({ dataset, style }) => [
      dataset.kind!,
      style.width
    ])
  );

describe('a card', () => {
  it('is open if it is the only one, or new', () => {
    panel.open(aCluster());
    expect(isOpen('blue-otter')).toBe('true');
    panel.event(aCluster(), named('grey-heron'));
    expect([isOpen('blue-otter'), isOpen('grey-heron')]).toEqual(['true', 'true']);
  });

  it('is closed among others that were there before, and says how far its jobs are', () => {
    const jobs = { ...noJobs, desired: 8, running: 3, connected: 3, pending: 5 };
    panel.open(aCluster({ jobs }), named('grey-heron'));
    expect(isOpen('blue-otter')).toBe('false');
    expect(panel.card().queryByRole('slider')).toBeNull();
    expect(panel.card().getByTestId('small-bar').textContent).toContain('3/8');
    expect(panel.card().getByTestId('small-bar').title).toBe('3 of 8 jobs connected');
  });

  it('never says that more jobs are connected, or have failed, than there are to be', () => {
    const jobs = { ...noJobs, desired: 2, running: 3, connected: 3, leaving: 1, failed: 4 };
    panel.open(aCluster({ jobs }), named('grey-heron'));
    const small = panel.card().getByTestId('small-bar');
    expect(small.title).toBe('2 of 2 jobs connected');
    expect(widths(small)).toEqual({ connected: '100%', failed: '0%' });
    panel.event(
      aCluster({ jobs: { ...noJobs, desired: 2, running: 1, connected: 1, failed: 4 } }),
      named('grey-heron')
    );
    expect(widths(small)).toEqual({ connected: '50%', failed: '50%' });
  });

  it('is opened and closed by its chevron; closed, by its whole first line', () => {
    panel.open(aCluster(), named('grey-heron'));
    fireEvent.click(panel.card().getByText('blue-otter'));
    expect(isOpen('blue-otter')).toBe('true');
    fireEvent.click(panel.card().getByText('blue-otter'));
    expect(isOpen('blue-otter')).toBe('true');
    panel.toggle();
    expect(isOpen('blue-otter')).toBe('false');
  });

  it('with a problem says it closed as well, with the ways out', () => {
    panel.open(aCluster(), failing);
    expect(panel.card('red-fox').getByTestId('cluster-status').textContent).toBe(
      'jobs keep failing'
    );
    const note = within(panel.card('red-fox').getByTestId('problem'));
    for (const name of ['Retry', 'Change…', 'Show Log']) {
      fireEvent.click(note.getByRole('button', { name }));
    }
    expect(panel.executed).toEqual([
      [CommandIDs.retry, { id: failing.id }],
      [CommandIDs.change, { id: failing.id, advised: false }],
      [CommandIDs.showLog, { id: failing.id, source: 'job' }]
    ]);
    expect(panel.card('red-fox').queryByRole('slider')).toBeNull();
  });

  it('keeps to itself, closed, what needs nobody', () => {
    panel.open(aCluster(), named('grey-heron', { problems: [aProblem({ code: 'workers_die' })] }));
    expect(panel.card('grey-heron').queryByTestId('problem')).toBeNull();
    panel.toggle('grey-heron');
    expect(panel.card('grey-heron').getByTestId('problem')).toBeTruthy();
  });

  it('that waits for what may never come offers other options', () => {
    const jobs = { ...noJobs, desired: 2, pending: 2 };
    panel.open(aCluster({ jobs, pending_reason: 'Resources' }));
    expect(panel.card().getByTestId('cluster-status').textContent).toBe('pending');
    expect(panel.card().queryByRole('button', { name: 'Change…' })).toBeNull();
    panel.event(aCluster({ jobs, pending_reason: 'PartitionDown' }));
    fireEvent.click(panel.card().getByRole('button', { name: 'Change…' }));
    expect(panel.executed).toEqual([[CommandIDs.change, { id: '3f9a12bc', advised: false }]]);
  });
});

describe('the order', () => {
  it('is: what has a problem, what lives, what has ended', () => {
    panel.open(over('old-owl'), aCluster(), failing);
    expect(names()).toEqual(['red-fox', 'blue-otter']);
    fireEvent.click(screen.getByRole('button', { name: 'Ended (1)' }));
    expect(names()).toEqual(['red-fox', 'blue-otter', 'old-owl']);
  });

  it('does not change under the hand, and does so when that has gone', () => {
    const well = { ...failing, problems: [] };
    panel.open(aCluster(), well);
    const list = screen.getByRole('list', { name: 'Dask Clusters' }).parentElement!;
    fireEvent.pointerEnter(list);
    panel.event(aCluster(), failing);
    expect(names()).toEqual(['blue-otter', 'red-fox']);
    fireEvent.pointerLeave(list);
    expect(names()).toEqual(['red-fox', 'blue-otter']);
  });
});

describe('what has ended', () => {
  it('is shown if there is nothing else, and started again or duplicated', () => {
    panel.open(over('old-owl'));
    const card = panel.card('old-owl');
    expect(card.getByRole('button', { name: 'Start Again' })).toBeTruthy();
    fireEvent.click(card.getByRole('button', { name: 'Duplicate…' }));
    expect(panel.executed).toEqual([[CommandIDs.newCluster, { from: 'id-old-owl' }]]);
  });

  it('is cleared at once, and says why that failed', async () => {
    panel.open(over('old-owl'), over('old-elk'), failing);
    panel.manager.stop.mockRejectedValueOnce(new RestError('cannot be removed', 500));
    await act(async () => void fireEvent.click(screen.getByRole('button', { name: 'Clear' })));
    expect(panel.manager.stop.mock.calls).toEqual([['id-old-owl'], ['id-old-elk']]);
    expect(within(screen.getByTestId('ended-clusters')).getByRole('alert').textContent).toBe(
      'cannot be removed'
    );
  });

  it('is unfolded to show one of it', () => {
    Element.prototype.scrollIntoView = vi.fn();
    panel.open(aCluster(), over('old-owl'));
    act(() => {
      panel.model.revealing = 'id-old-owl';
    });
    expect(document.activeElement).toBe(screen.getByRole('listitem', { name: 'Cluster old-owl' }));
  });
});

describe('the filter', () => {
  const many = ['ant', 'bee', 'cow', 'dog', 'elk'].map(name => named(name));
  const field = (): HTMLElement | null =>
    screen.queryByRole('searchbox', { name: 'Filter clusters by name or state' });

  it('is there from six clusters on', () => {
    panel.open(...many);
    expect(field()).toBeNull();
    panel.event(...many, failing);
    expect(field()).not.toBeNull();
  });

  it.each([
    ['bee', ['bee']],
    ['FAILING', ['red-fox']],
    ['ended', ['old-owl']],
    ['nothing like it', []]
  ])('by %s shows %j', (text, found) => {
    panel.open(...many, failing, over('old-owl'));
    fireEvent.change(field()!, { target: { value: text } });
    expect(screen.queryAllByTestId('cluster-card').map(card => card.dataset.clusterName)).toEqual(
      found
    );
    expect(screen.queryByText('No matching clusters') !== null).toBe(found.length === 0);
    fireEvent.keyDown(field()!, { key: 'Escape' });
    expect(screen.getAllByTestId('cluster-card')).toHaveLength(6);
  });
});
