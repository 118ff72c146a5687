/** A tab about a cluster on a fake manager, for tests of what it shows. */

import { CommandRegistry } from '@lumino/commands';
import { act, cleanup, render } from '@testing-library/react';
import type * as React from 'react';
import { vi } from 'vitest';

import type { ICluster } from '../src/api/restapi';
import { CommandIDs } from '../src/clusters/commandids';
import { AppContext } from '../src/ui/context';
import type { ClusterViewModel } from '../src/views/viewmodel';
import { trans } from './apanel';
import type { FakeManager } from './believable';
import { aCluster, aManager } from './believable';

/** jsdom lays nothing out: as if every element were so many pixels high and wide. */
export function withSize(pixels: number): void {
  for (const side of ['offsetHeight', 'offsetWidth'] as const) {
    vi.spyOn(HTMLElement.prototype, side, 'get').mockReturnValue(pixels);
  }
}

export function aView<M extends ClusterViewModel>(
  make: (manager: FakeManager) => M,
  draw: (model: M) => React.JSX.Element
) {
  const manager = aManager([aCluster()]);
  const executed: [string, unknown][] = [];
  let model: M | null = null;
  return {
    manager,
    /** The commands that were executed, with their arguments. */
    executed,
    get model(): M {
      return model!;
    },

    /** Open the tab, and wait for its first answer. */
    async open(): Promise<void> {
      model = make(manager);
      const commands = new CommandRegistry();
      for (const id of Object.values(CommandIDs)) {
        commands.addCommand(id, { execute: args => void executed.push([id, args]) });
      }
      render(
        <AppContext.Provider value={{ manager, commands, trans }}>
          {draw(model)}
        </AppContext.Provider>
      );
      model.isShown = true;
      await settle();
    },

    /** The server says something new of its clusters. */
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

/** Let what is due, and the answers to it, arrive. */
export async function settle(milliseconds = 50): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
}
