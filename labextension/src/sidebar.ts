/** The panel as a widget of the left sidebar. */

import { ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';

import type { IPanelContext } from './context';
import { PanelContext } from './context';
import { clusterIcon } from './icons';
import { PanelBody } from './panel';

export class ClusterSidebar extends ReactWidget {
  constructor(private readonly _context: IPanelContext) {
    super();
    this.id = ClusterSidebar.ID;
    this.addClass('jp-DaskSlurm-sidebar');
    this.title.icon = clusterIcon;
    this.title.caption = _context.trans.__('Dask clusters');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _context.trans.__('Dask clusters'));
  }

  protected override render(): React.JSX.Element {
    return React.createElement(
      PanelContext.Provider,
      { value: this._context },
      React.createElement(PanelBody)
    );
  }
}

export namespace ClusterSidebar {
  export const ID = 'jupyter-dask-slurm-panel';
}
