import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { aCluster } from '../../fixtures';
import { panelHarness } from '../../panelharness';

describe('a right click on a card', () => {
  it('opens its menu, but not on a field, and not with Shift', () => {
    const panel = panelHarness();
    panel.open(aCluster());
    const card = screen.getByRole('listitem', { name: 'Cluster blue-otter' });
    const menu = (): Element | null => document.querySelector('.jp-DaskSlurm-menu');
    expect(fireEvent.contextMenu(screen.getByTestId('scale-field'))).toBe(true);
    expect(fireEvent.contextMenu(card, { shiftKey: true })).toBe(true);
    expect(menu()).toBeNull();
    expect(fireEvent.contextMenu(card, { clientX: 5, clientY: 6 })).toBe(false);
    expect(menu()).not.toBeNull();
    fireEvent.keyDown(menu()!, { keyCode: 27 });
    panel.close();
  });
});
