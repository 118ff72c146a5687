import { Widget } from '@lumino/widgets';
import { afterEach, expect, it, vi } from 'vitest';

import { bringToFront } from '../../src/ui/bringtofront';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['is shown', true],
  ['is hidden', false]
])('a widget that %s is given the focus, and its sidebar stays open', (_, shown) => {
  const widget = new Widget();
  widget.id = 'panel';
  vi.spyOn(widget, 'isVisible', 'get').mockReturnValue(shown);
  const activate = vi.spyOn(widget, 'activate').mockReturnValue();
  const shell = { activateById: vi.fn() };
  bringToFront(widget, shell);
  expect(activate).toHaveBeenCalledTimes(shown ? 1 : 0);
  expect(shell.activateById.mock.calls).toEqual(shown ? [] : [['panel']]);
});
