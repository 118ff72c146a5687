import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { askIdleTimeout } from '../../src/commands/idledialog';
import { aCluster, trans } from '../fixtures';

const field = (): Promise<HTMLInputElement> =>
  screen.findByLabelText('Stops after this long unused');
const type = async (text: string): Promise<HTMLElement> => {
  const input = await field();
  fireEvent.change(input, { target: { value: text } });
  return input;
};
const press = (name: string): void => void fireEvent.click(screen.getByText(name));
const ask = (idle_timeout: number | undefined): Promise<number | null> =>
  askIdleTimeout(aCluster({ options: { idle_timeout } }), trans);

describe('the question for an idle time-out', () => {
  it('begins with the one that there is, and takes the times of the form with an echo', async () => {
    const asked = ask(28_800);
    expect((await field()).value).toBe('8 h');
    expect(screen.queryByTestId('echo-idle')).toBeNull();
    await waitFor(async () => expect(document.activeElement).toBe(await field()));
    await type('1:30:00');
    expect(screen.getByTestId('echo-idle').textContent).toBe('= 1 h 30 min');
    press('Set');
    expect(await asked).toBe(5400);
  });

  it('reads 0 as never', async () => {
    const asked = ask(undefined);
    expect((await field()).value).toBe('0');
    expect(screen.getByTestId('echo-idle').textContent).toBe('= never');
    press('Set');
    expect(await asked).toBe(0);
  });

  it('says what it takes, and asks again for what it cannot read', async () => {
    const asked = ask(60);
    const first = await type('soon');
    expect(screen.getByText('Enter a time such as 30 min.')).toBeTruthy();
    expect(first.getAttribute('aria-invalid')).toBe('true');
    press('Set');
    await waitFor(async () => expect(await field()).not.toBe(first));
    expect((await field()).value).toBe('soon');
    press('Cancel');
    expect(await asked).toBeNull();
  });
});
