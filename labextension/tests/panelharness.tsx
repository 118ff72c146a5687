/** Renders the panel with a fake manager. */

import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';

import type { ICluster } from '../src/api/restapi';
import { PanelBody } from '../src/panel/body';
import { PanelModelContext } from '../src/panel/context';
import { PanelModel } from '../src/panel/model';
import { AppContext } from '../src/ui/context';
import { fakeManager, recordingCommands } from './fakes';
import { trans } from './fixtures';

export function panelHarness() {
  const manager = fakeManager();
  const { commands, executed } = recordingCommands();
  let model: PanelModel | null = null;
  return {
    manager,
    /** The commands that were executed, with their arguments. */
    executed,
    get model(): PanelModel {
      return model!;
    },

    open(...clusters: ICluster[]): void {
      manager.clusters = clusters;
      model = new PanelModel(manager);
      render(
        <AppContext.Provider value={{ manager, commands, trans }}>
          <PanelModelContext.Provider value={model}>
            <PanelBody />
          </PanelModelContext.Provider>
        </AppContext.Provider>
      );
    },

    /** The clusters change on the server. */
    event(...clusters: ICluster[]): void {
      act(() => {
        manager.clusters = clusters;
        manager.changed.emit();
      });
    },

    card(name = 'blue-otter'): ReturnType<typeof within> {
      return within(screen.getByRole('listitem', { name: `Cluster ${name}` }));
    },

    /** Press the chevron of a card. */
    toggle(name = 'blue-otter'): void {
      fireEvent.click(this.card(name).getByRole('button', { name: `Details of ${name}` }));
    },

    close(): void {
      cleanup();
      model?.dispose();
    }
  };
}
