/** The panel as a widget of the left sidebar. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type * as React from 'react';

import { clusterIcon } from '../base/icons';
import type { IAppContext } from '../ui/context';
import { AppContext } from '../ui/context';
import { FocusKeeper } from '../ui/focuskeeper';
import { Shown, ShownContext } from '../ui/shown';
import { PanelBody } from './body';
import { PanelModelContext } from './context';
import type { PanelModel } from './model';

export class ClusterSidebar extends ReactWidget {
  constructor(
    private readonly _context: IAppContext,
    private readonly _model: PanelModel
  ) {
    super();
    this.id = ClusterSidebar.ID;
    this.addClass('jp-DaskSlurm-sidebar');
    this.title.icon = clusterIcon;
    this.title.caption = _context.trans.__('Dask Clusters');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _context.trans.__('Dask Clusters'));
    this.node.tabIndex = -1;
    this._focus = new FocusKeeper(this.node);
  }

  override dispose(): void {
    this._focus.dispose();
    this._shown.dispose();
    super.dispose();
  }

  /** Activating the panel moves the focus into it. */
  protected override onActivateRequest(): void {
    if (!this.node.contains(document.activeElement)) {
      this.node.focus();
    }
  }

  protected override render(): React.JSX.Element {
    return (
      <AppContext.Provider value={this._context}>
        <ShownContext.Provider value={this._shown}>
          <PanelModelContext.Provider value={this._model}>
            <PanelBody />
          </PanelModelContext.Provider>
        </ShownContext.Provider>
      </AppContext.Provider>
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._shown.isShown = this.isVisible;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._shown.isShown = true;
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._shown.isShown = false;
  }

  private readonly _focus: FocusKeeper;
  private readonly _shown = new Shown();
}

export namespace ClusterSidebar {
  export const ID = 'jupyter-dask-slurm-panel';
}
