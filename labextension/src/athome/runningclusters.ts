/** The section "Dask clusters" of the running sessions: show one, stop one, stop all. */

import { Dialog, showErrorMessage } from '@jupyterlab/apputils';
import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { MessageLoop } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import { errorWords } from '../api/errorwords';
import type { ICluster } from '../api/restapi';
import { clusterIcon } from '../base/icons';
import { CommandIDs } from '../clusters/commandids';
import type { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { formatList } from '../clusters/words/format';
import { statusWord } from '../clusters/words/problems';
import { clusterLine, connectedCores, statusText } from '../clusters/words/status';

export interface IRunningClustersOptions {
  manager: IClusterManager;
  /** Null where the panel is disabled. */
  panel: IClusterPanel | null;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

/** Whether it can be stopped. A failed cluster no longer runs. */
const runs = ({ status }: ICluster): boolean => status !== 'failed';

export class RunningClusters implements IRunningSessions.IManager {
  constructor(private readonly _options: IRunningClustersOptions) {
    const { trans } = _options;
    this.name = trans.__('Dask Clusters');
    this.shutdownLabel = trans.__('Stop');
    this.shutdownAllLabel = trans.__('Stop All');
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly supportsMultipleViews = false;

  /** Read when it is asked. JupyterLab 4.2 knows no function here. */
  get shutdownAllConfirmationText(): string {
    const { trans } = this._options;
    // The dialog that asks is the next one, and JupyterLab's own: its red button would have the focus.
    Dialog.tracker.widgetAdded.connect(focusCancel);
    const lines = this._running().map(each =>
      trans.__('%1 (%2)', each.name, clusterLine(each, trans))
    );
    return trans.__(
      'All Dask clusters will be stopped, and what their workers hold in memory is lost: %1.',
      formatList(lines)
    );
  }

  get runningChanged(): ISignal<unknown, unknown> {
    return this._options.manager.changed;
  }

  running(): IRunningSessions.IRunningItem[] {
    return this._running().map(cluster => this._itemOf(cluster));
  }

  refreshRunning(): void {
    void this._options.manager.refresh();
  }

  /** The sidebar has asked for confirmation. */
  shutdownAll(): void {
    void Promise.all(
      this._running()
        .filter(({ status }) => status !== 'stopping')
        .map(cluster => this._stop(cluster))
    );
  }

  private _running(): ICluster[] {
    return this._options.manager.clusters.filter(runs);
  }

  private async _stop({ id, name }: ICluster): Promise<void> {
    try {
      await this._options.manager.stop(id);
    } catch (error) {
      const words = errorWords(error);
      await showErrorMessage(this._options.trans.__('%1 could not be stopped', name), words);
    }
  }

  private _itemOf(cluster: ICluster): IRunningSessions.IRunningItem {
    const { panel, commands, trans } = this._options;
    const { id, name } = cluster;
    return {
      icon: (): LabIcon => clusterIcon,
      label: () => name,
      labelTitle: () => trans.__('%1: %2', name, clusterLine(cluster, trans)),
      // There is little room; the title has the details.
      detail: () =>
        connectedCores(cluster) > 0 ? statusText([cluster], trans) : statusWord(cluster, trans),
      open: () => panel?.reveal(id),
      // This command asks for confirmation.
      shutdown: commands.hasCommand(CommandIDs.stop)
        ? () => void commands.execute(CommandIDs.stop, { id })
        : undefined
    };
  }
}

/** Let the next dialog have its focus on Cancel. */
function focusCancel(_: unknown, dialog: Widget): void {
  Dialog.tracker.widgetAdded.disconnect(focusCancel);
  MessageLoop.installMessageHook(dialog, (_sender, { type }) => {
    if (type === 'after-attach') {
      // It gives the focus away in answer to this message.
      queueMicrotask(() =>
        dialog.node.querySelector<HTMLElement>('.jp-Dialog-button.jp-mod-reject')?.focus()
      );
    }
    return true;
  });
}
