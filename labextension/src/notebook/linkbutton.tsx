/** The toolbar item of a notebook that shows its cluster, and lets the user choose one. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyIcon, MenuSvg, ReactWidget } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { CommandIDs } from '../clusters/commandids';
import type { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { useSignal } from '../ui/hooks';
import { openMenu } from '../ui/openmenu';
import type { NotebookLink } from './link';
import { linkWords } from './linkwords';

export interface ILinkButtonProps {
  link: NotebookLink;
  manager: IClusterManager;
  trans: TranslationBundle;
  /** Those of the application, one of which creates a cluster unless it is disabled. */
  commands: CommandRegistry;
  /** Null where the panel is disabled. */
  clusterPanel: IClusterPanel | null;
}

export class LinkItem extends ReactWidget {
  constructor(private readonly _props: ILinkButtonProps) {
    super();
    this.addClass('jp-DaskSlurm-linkItem');
  }

  protected override render(): React.JSX.Element {
    return <LinkButton {...this._props} />;
  }
}

function LinkButton(props: ILinkButtonProps): React.JSX.Element {
  const { link, manager, trans } = props;
  useSignal(link.changed);
  const { choice, cluster, kernel, asks, foreign } = link;
  const listed = manager.connection === 'ok';
  const { dot, words } = linkWords({ choice, cluster, kernel, asks, foreign, listed }, trans);
  const name = cluster?.name ?? choice?.name ?? trans.__('none');
  const title = trans.__('Dask: %1', name);
  return (
    <button
      className="jp-DaskSlurm-linkButton"
      data-testid="notebook-cluster"
      aria-haspopup="menu"
      aria-disabled={foreign !== null}
      title={
        words === ''
          ? trans.__('The Dask cluster of this notebook')
          : trans.__('%1, %2', title, words)
      }
      onClick={event => {
        if (foreign === null) {
          openLinkMenu(event.currentTarget, props);
        }
      }}
    >
      <span className="jp-DaskSlurm-dot" data-status={dot} aria-hidden />
      <span>{title}</span>
      <span className="jp-DaskSlurm-linkWords" role="status">
        {foreign === null && words}
      </span>
      <caretDownEmptyIcon.react tag="span" aria-hidden />
    </button>
  );
}

/** Open the menu with the clusters and the other actions. */
function openLinkMenu(button: HTMLElement, props: ILinkButtonProps): void {
  const { link, manager, trans, commands, clusterPanel } = props;
  const ofMenu = new CommandRegistry();
  const menu = new MenuSvg({ commands: ofMenu });
  const { choice, cluster } = link;
  const add = (label: string, execute: () => void, isToggled?: boolean): void => {
    const command = `item-${menu.items.length}`;
    ofMenu.addCommand(command, {
      label,
      execute,
      isToggleable: isToggled !== undefined,
      isToggled: () => isToggled ?? false
    });
    menu.addItem({ command });
  };
  for (const each of manager.clusters) {
    if (each.status !== 'failed') {
      add(each.name, () => link.choose(each), cluster?.id === each.id && !link.asks);
    }
  }
  add(trans.__('None'), () => link.choose(null), choice === null);
  menu.addItem({ type: 'separator' });
  if (cluster !== undefined) {
    add(trans.__('Connect Again'), () => link.choose(cluster));
    if (clusterPanel !== null) {
      add(trans.__('Show %1', cluster.name), () => clusterPanel.reveal(cluster.id));
    }
  }
  if (commands.hasCommand(CommandIDs.newCluster)) {
    add(trans.__('New Dask Cluster…'), () => {
      // Resolves to null if none was created.
      void commands.execute(CommandIDs.newCluster).then((id: string | null) => {
        const made = id === null ? undefined : manager.find(id);
        if (made !== undefined) {
          link.choose(made);
        }
      });
    });
  }
  openMenu(menu, button);
}
