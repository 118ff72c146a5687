/** The item of the status bar: how many cores are connected, over all clusters. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import * as React from 'react';

import { clusterIcon } from '../base/icons';
import type { IClusterManager, IClusterPanel } from '../clusters/tokens';
import { statusText, statusTitle } from '../clusters/words/status';
import { useSignal } from '../ui/hooks';

export interface IStatusItemProps {
  manager: IClusterManager;
  trans: TranslationBundle;
  /** What a click shows; null where the panel is disabled. */
  panel: IClusterPanel | null;
}

export class StatusItem extends ReactWidget {
  constructor(private readonly _props: IStatusItemProps) {
    super();
    this.addClass('jp-DaskSlurm-statusItem');
    _props.manager.changed.connect(this._update, this);
  }

  /** Whether the user wants the item and a cluster is alive. */
  get isActive(): boolean {
    const { clusters } = this._props.manager;
    return this._isWanted && clusters.some(({ status }) => status !== 'failed');
  }

  get activeChanged(): ISignal<this, void> {
    return this._activeChanged;
  }

  set isWanted(wanted: boolean) {
    this._isWanted = wanted;
    this._update();
  }

  override dispose(): void {
    this._props.manager.changed.disconnect(this._update, this);
    Signal.clearData(this);
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return <StatusButton {...this._props} />;
  }

  private _update(): void {
    this._activeChanged.emit();
  }

  private readonly _activeChanged = new Signal<this, void>(this);
  private _isWanted = true;
}

export function StatusButton({ manager, trans, panel }: IStatusItemProps): React.JSX.Element {
  useSignal(manager.changed);
  const { clusters } = manager;
  const text = statusText(clusters, trans);
  return (
    <button
      className="jp-DaskSlurm-statusButton"
      data-testid="status-item"
      title={statusTitle(clusters, trans)}
      aria-label={trans.__('Dask: %1 connected. Show the clusters', text)}
      disabled={panel === null}
      onClick={() => panel?.show()}
    >
      <clusterIcon.react tag="span" aria-hidden />
      {text}
    </button>
  );
}
