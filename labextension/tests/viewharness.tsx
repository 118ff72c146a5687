/** Renders a tab about a cluster with a fake manager. */

import { act, cleanup, render } from '@testing-library/react';
import type * as React from 'react';
import { vi } from 'vitest';

import type { ICluster } from '../src/api/restapi';
import { AppContext } from '../src/ui/context';
import type { ClusterViewModel } from '../src/views/viewmodel';
import type { FakeManager } from './fakes';
import { fakeManager, recordingCommands } from './fakes';
import { aCluster, trans } from './fixtures';

/** Give all elements this height and width in pixels: jsdom computes no layout. */
export function giveElementsSize(pixels: number): void {
  for (const side of ['offsetHeight', 'offsetWidth'] as const) {
    vi.spyOn(HTMLElement.prototype, side, 'get').mockReturnValue(pixels);
  }
}

export function viewHarness<M extends ClusterViewModel>(
  make: (manager: FakeManager) => M,
  draw: (model: M) => React.JSX.Element
) {
  const manager = fakeManager([aCluster()]);
  const { commands, executed } = recordingCommands();
  let model: M | null = null;
  return {
    manager,
    /** The commands that were executed, with their arguments. */
    executed,
    get model(): M {
      return model!;
    },

    /** Open the tab, and wait for its first response. */
    async open(): Promise<void> {
      model = make(manager);
      render(
        <AppContext.Provider value={{ manager, commands, trans }}>
          {draw(model)}
        </AppContext.Provider>
      );
      model.isShown = true;
      await settle();
    },

    /** The clusters change on the server. */
    async event(...clusters: ICluster[]): Promise<void> {
      manager.clusters = clusters;
      act(() => manager.changed.emit());
      await settle();
    },

    close(): void {
      cleanup();
      model?.dispose();
    }
  };
}

/** Let timers and the responses to their requests settle. */
export async function settle(milliseconds = 50): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
}
