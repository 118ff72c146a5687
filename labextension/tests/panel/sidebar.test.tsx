import { Widget } from '@lumino/widgets';
import { act } from '@testing-library/react';
import { expect, it, vi } from 'vitest';

import { PanelModel } from '../../src/panel/model';
import { ClusterSidebar } from '../../src/panel/sidebar';
import { fakeManager, recordingCommands } from '../fakes';
import { aCluster, trans } from '../fixtures';

it('the sidebar is drawn again once it is shown, and not while it is hidden', async () => {
  const manager = fakeManager([aCluster()]);
  const model = new PanelModel(manager);
  const { commands } = recordingCommands();
  const sidebar = new ClusterSidebar({ manager, commands, trans }, model);
  await act(async () => Widget.attach(sidebar, document.body));
  expect(sidebar.node.textContent).toContain('blue-otter');
  act(() => sidebar.hide());
  const drawn = vi.fn();
  const observer = new MutationObserver(drawn);
  observer.observe(sidebar.node, { subtree: true, childList: true, characterData: true });
  await act(async () => {
    manager.clusters = [aCluster({ name: 'red-fox' })];
    manager.changed.emit();
  });
  expect(drawn).not.toHaveBeenCalled();
  act(() => sidebar.show());
  expect(sidebar.node.textContent).toContain('red-fox');
  observer.disconnect();
  act(() => sidebar.dispose());
  model.dispose();
});
