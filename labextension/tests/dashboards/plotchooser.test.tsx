import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ChooserBody } from '../../src/dashboards/plotchooser';
import { PlotsModel } from '../../src/dashboards/plotsmodel';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aCluster, trans } from '../fixtures';

describe('the chooser of plots', () => {
  let manager: FakeManager;
  let plots: PlotsModel;
  const choose = vi.fn();
  const close = vi.fn();

  beforeEach(() => {
    vi.resetAllMocks();
    manager = fakeManager([aCluster()]);
    plots = new PlotsModel(manager, trans);
  });

  afterEach(() => {
    cleanup();
    plots.dispose();
  });

  const open = (canArrange = true): void => {
    const isOpen = (plot: string): boolean => plot === 'progress';
    const props = { cluster: aCluster(), plots, canArrange, isOpen, choose, close, trans };
    render(<ChooserBody {...props} />);
  };
  const names = (): (string | undefined)[] =>
    screen.getAllByRole('option').map(option => option.querySelector('span')?.textContent ?? '');
  const field = (): HTMLInputElement => screen.getByRole('combobox');
  const selected = (): string | null | undefined =>
    document.getElementById(field().getAttribute('aria-activedescendant') ?? '')?.textContent;
  const type = (value: string): boolean => fireEvent.change(field(), { target: { value } });
  const press = (key: string): boolean => fireEvent.keyDown(field(), { key });
  const loaded = async (): Promise<void> => {
    await screen.findByRole('option', { name: /Task Stream/ });
  };

  it('lists the layout, the whole, and every plot, and says what is open', async () => {
    open();
    expect(document.activeElement).toBe(field());
    expect(screen.getByRole('status').textContent).toBe('Asking the dashboard…');
    await loaded();
    expect(names().slice(0, 4)).toEqual([
      'Default Layout',
      'Whole Dashboard',
      'Task Stream',
      'Progress'
    ]);
    expect(names()).not.toContain('GPU Memory');
    const checked = screen.getAllByRole('option').filter(o => o.querySelector('[title="Is open"]'));
    expect(checked.map(({ dataset }) => dataset.choice)).toEqual(['progress']);
  });

  it('is used by typing, arrows and Enter', async () => {
    open();
    await loaded();
    type('work');
    expect(names()).toEqual(['Workers', 'Memory per Worker', 'CPU per Worker']);
    expect(selected()).toBe('Workers');
    press('ArrowUp');
    expect(selected()).toBe('CPU per Worker');
    press('ArrowUp');
    expect(selected()).toBe('Memory per Worker');
    press('ArrowDown');
    expect(selected()).toBe('CPU per Worker');
    press('Enter');
    expect(choose.mock.calls).toEqual([['cpu']]);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('is used by clicking, and left by Escape', async () => {
    open();
    await loaded();
    press('Escape');
    expect(close).toHaveBeenCalledTimes(1);
    fireEvent.click(screen.getByRole('option', { name: 'Whole Dashboard' }));
    expect(choose.mock.calls).toEqual([['whole-dashboard']]);
  });

  it('says when nothing is called that, and chooses nothing then', async () => {
    open();
    await loaded();
    type('bananas');
    expect(screen.queryAllByRole('option')).toEqual([]);
    expect(screen.getByRole('status').textContent).toBe('No matching plots');
    press('ArrowDown');
    press('Enter');
    expect(choose).not.toHaveBeenCalled();
  });

  it('offers the whole dashboard and the reason when there is no list', async () => {
    manager.plots.mockRejectedValueOnce(new Error('it may be very busy'));
    open(false);
    await waitFor(() => expect(screen.getByRole('status').textContent).toBe('it may be very busy'));
    expect(names()).toEqual(['Whole Dashboard']);
  });
});
