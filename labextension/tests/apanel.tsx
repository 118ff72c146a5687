/** The panel on a fake manager, for tests of its parts. */

import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, cleanup, render, screen, within } from '@testing-library/react';

import type { ICluster } from '../src/api/restapi';
import { CommandIDs } from '../src/clusters/commandids';
import { PanelBody } from '../src/panel/body';
import { PanelModelContext } from '../src/panel/context';
import { PanelModel } from '../src/panel/model';
import { AppContext } from '../src/ui/context';
import { aManager } from './believable';

export const trans = nullTranslator.load('test');

export function aPanel() {
  const manager = aManager();
  /** The commands that were executed, with their arguments. */
  const executed: [string, unknown][] = [];
  let model: PanelModel | null = null;
  return {
    manager,
    executed,
    get model(): PanelModel {
      return model!;
    },

    open(...clusters: ICluster[]): void {
      manager.clusters = clusters;
      model = new PanelModel(manager);
      const commands = new CommandRegistry();
      for (const id of Object.values(CommandIDs)) {
        commands.addCommand(id, { execute: args => void executed.push([id, args]) });
      }
      render(
        <AppContext.Provider value={{ manager, commands, trans }}>
          <PanelModelContext.Provider value={model}>
            <PanelBody />
          </PanelModelContext.Provider>
        </AppContext.Provider>
      );
    },

    /** The server says something new. */
    event(...clusters: ICluster[]): void {
      act(() => {
        manager.clusters = clusters;
        manager.changed.emit();
      });
    },

    card(name = 'blue-otter'): ReturnType<typeof within> {
      return within(screen.getByRole('listitem', { name: `Cluster ${name}` }));
    },

    close(): void {
      cleanup();
      model?.dispose();
    }
  };
}
