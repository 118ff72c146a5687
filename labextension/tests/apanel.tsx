/** The panel on a fake manager, for tests of its parts. */

import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, cleanup, render, screen, within } from '@testing-library/react';

import { CommandIDs } from '../src/clusters/commandids';
import { PanelContext } from '../src/ui/context';
import { PanelBody } from '../src/panel/body';
import { PanelModel } from '../src/panel/model';
import type { ICluster } from '../src/api/restapi';
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
        <PanelContext.Provider value={{ manager, model, commands, trans }}>
          <PanelBody />
        </PanelContext.Provider>
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
