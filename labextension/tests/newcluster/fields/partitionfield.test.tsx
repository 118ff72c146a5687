import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { aPartition, aScript } from '../../fixtures';
import { formHarness, long, site } from '../harness';

const form = formHarness();

describe('the partitions', () => {
  it('are cards that say what each has', async () => {
    await form.open();
    const group = within(screen.getByRole('radiogroup', { name: 'Partition' }));
    expect(group.getAllByRole('radio')).toHaveLength(4);
    expect(form.radio(/^debug/).checked).toBe(true);
    const words = (name: string): string => screen.getByTestId(`partition-${name}`).textContent!;
    expect(words('auto')).toContain('the first that fits');
    expect(words('debug')).toContain('41 of 64 cores idle');
    expect(words('debug')).toContain('up to 30 min');
    expect(words('debug')).not.toMatch(/GPU|a100/);
    expect(words('long')).toContain('3 of 8 a100 idle');
    expect(words('long')).toContain('4 v100');
    expect(words('long')).toContain('up to 2 d');
    expect(words('long')).toContain('default 1 h');
    expect(words('broken')).toContain('down');
  });

  it('say to whom they are closed, and what a job gets there', async () => {
    const partitions = [
      aPartition(),
      aPartition({ name: 'root', default: false, refuses: 'takes jobs of root alone' }),
      aPartition({ name: 'far', default: false, may_refuse: 'takes jobs from login2 alone' }),
      aPartition({ name: 'whole', default: false, whole_nodes: true, max_cores_per_node: 12 })
    ];
    form.manager.site = site({ partitions });
    await form.open();
    const card = (name: string): HTMLElement => screen.getByTestId(`partition-${name}`);
    expect(card('root').textContent).toContain('takes jobs of root alone');
    expect(card('root').dataset.down).toBe('true');
    expect(card('root').textContent).not.toContain('cores idle');
    expect(card('far').textContent).toContain('takes jobs from login2 alone');
    expect(card('whole').textContent).toContain('whole nodes');
    expect(card('whole').dataset.down).toBeUndefined();
    fireEvent.click(form.radio(/^whole/));
    expect(screen.getByText('1–12 on a node')).toBeTruthy();
  });

  it('are named in part where automatic finds many', async () => {
    await form.open();
    fireEvent.click(form.radio(/^automatic/));
    const found = [...'abcdefghijkl'].join(',');
    form.manager.jobScript.mockResolvedValueOnce(aScript({ options: { partition: found } }));
    await form.pause();
    expect(screen.getByTestId('partition-auto').textContent).toContain('now: a, b, c, and 9 more');
  });

  it('follow what is idle while the dialog is open', async () => {
    await form.open();
    act(() => {
      form.manager.site = site({ partitions: [aPartition({ idle_cores: 7 }), long] });
      form.manager.changed.emit();
    });
    expect(screen.getByTestId('partition-debug').textContent).toContain('7 of 64 cores idle');
  });

  it('bound the fields', async () => {
    await form.open();
    expect(screen.getByText('1–16 on a node')).toBeTruthy();
    fireEvent.click(form.radio(/^long/));
    await form.pause();
    expect(form.asked().options.partition).toBe('long');
    expect(screen.getByText('1–64 on a node')).toBeTruthy();
    expect(screen.getByText(/up to 256 GB/)).toBeTruthy();
    fireEvent.click(form.radio(/^automatic/));
    await form.pause();
    expect(form.asked().options.partition).toBe('auto');
    form.manager.jobScript.mockResolvedValueOnce(aScript({ options: { partition: 'debug,long' } }));
    fireEvent.change(screen.getByLabelText('Cores per job'), { target: { value: '2' } });
    await form.pause();
    expect(screen.getByTestId('partition-auto').textContent).toContain('now: debug, long');
  });

  it('are not automatic on a server too old to know it', async () => {
    form.manager.site = site({ qos_limits: undefined });
    await form.open();
    expect(screen.queryByRole('radio', { name: /^automatic/ })).toBeNull();
  });

  it('are a table to search in where there are many', async () => {
    const partitions = [...'abcdefg'].map(name =>
      aPartition({ name, default: name === 'c', nodes: 12 })
    );
    const down = aPartition({ name: 'h', default: false, available: false });
    form.manager.site = site({ partitions: [...partitions, down] });
    await form.open();
    const field = screen.getByRole<HTMLInputElement>('combobox', { name: 'Partition' });
    expect(field.value).toBe('c');
    fireEvent.click(field);
    const table = within(screen.getByRole('listbox', { name: 'Partitions' }));
    expect(table.getAllByRole('option')).toHaveLength(9);
    expect(screen.getByTestId('partition-a').textContent).toBe('a30 min41 of 6412');
    expect(screen.getByTestId('partition-h').textContent).toContain('down');
    const active = (): string =>
      document.getElementById(field.getAttribute('aria-activedescendant')!)!.dataset.testid!;
    expect(active()).toBe('partition-c');
    // Typed, moved in and chosen by keyboard; Enter and Escape are not the dialog's meanwhile.
    expect(field.closest('[data-keeps-keys]')).not.toBeNull();
    fireEvent.keyDown(field, { key: 'ArrowDown' });
    expect(active()).toBe('partition-d');
    fireEvent.change(field, { target: { value: 'down' } });
    expect(table.getAllByRole('option')).toHaveLength(1);
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(form.model.values.partition).toBe('h');
    expect(field.value).toBe('h');
    expect(field.getAttribute('aria-expanded')).toBe('false');
    expect(field.closest('[data-keeps-keys]')).toBeNull();
    fireEvent.change(field, { target: { value: 'zz' } });
    expect(screen.getByText('No matching partitions')).toBeTruthy();
    fireEvent.keyDown(field, { key: 'Enter' });
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(form.model.values.partition).toBe('h');
    fireEvent.click(field);
    fireEvent.click(screen.getByTestId('partition-b'));
    expect(form.model.values.partition).toBe('b');
  });

  it('show what is configured though it is no single one of them', async () => {
    form.manager.site = site({ defaults: { partition: 'debug,long' } });
    await form.open();
    expect(form.radio(/^debug,long/).checked).toBe(true);
    expect(screen.getByText('1–64 on a node')).toBeTruthy();
  });

  it('are a text where none is known', async () => {
    form.manager.site = site({ partitions: [] });
    await form.open();
    expect(screen.getByLabelText('Partition').tagName).toBe('INPUT');
  });
});
