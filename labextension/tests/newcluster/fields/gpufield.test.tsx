import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { formHarness } from '../harness';

const form = formHarness();

describe('GPUs', () => {
  it('are asked for where there are some, and written as gres', async () => {
    await form.open();
    expect(screen.queryByLabelText('GPUs per job')).toBeNull();
    fireEvent.click(form.radio(/^long/));
    const count = screen.getByLabelText('GPUs per job');
    fireEvent.change(screen.getByLabelText('Type of GPU'), { target: { value: 'a100' } });
    fireEvent.change(count, { target: { value: '2' } });
    await form.pause();
    expect(form.asked().options.gres).toBe('gpu:a100:2');
    fireEvent.change(screen.getByLabelText('Type of GPU'), { target: { value: '' } });
    expect(form.model.values.gres).toBe('gpu:2');
    fireEvent.change(count, { target: { value: '' } });
    await form.pause();
    expect(form.asked().options).not.toHaveProperty('gres');
  });

  it('are a text where it says more than that', async () => {
    await form.open();
    fireEvent.click(form.radio(/^long/));
    fireEvent.click(form.more());
    const text = screen.getByLabelText('Generic resources (gres)');
    fireEvent.change(text, { target: { value: 'gpu:1,tmp:10G' } });
    expect(screen.queryByLabelText('GPUs per job')).toBeNull();
  });
});
