/** A pane with one plot of a cluster, or the whole dashboard, in a frame; or why it cannot be shown. */

import { URLExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IFrame } from '@jupyterlab/ui-components';
import { Poll } from '@lumino/polling';
import { Panel } from '@lumino/widgets';

import { errorWords } from '../api/errorwords';
import { clusterIcon } from '../base/icons';
import type { IClusterManager } from '../clusters/tokens';
import { plotTitle, WHOLE_DASHBOARD } from './plots';
import type { PlotsModel } from './plotsmodel';
import { passes, whyNoDashboard } from './words';
import type { IPaneWords } from './words';

/** Milliseconds between requests to a dashboard that does not answer: the first, and the longest. */
const FREQUENCY = { interval: 1000, backoff: true, max: 30_000 };

/** Always of the same cluster. */
export class DashboardPane extends Panel {
  constructor(options: DashboardPane.IOptions) {
    super();
    const { clusterId, plot, name, manager, plots, baseUrl, trans } = options;
    this.clusterId = clusterId;
    this.plot = plot;
    this._name = name;
    this._manager = manager;
    this._plots = plots;
    this._baseUrl = baseUrl;
    this._trans = trans;
    this.addClass('jp-DaskSlurm-pane');
    this.title.icon = clusterIcon;
    this._poll = new Poll({
      auto: false,
      factory: () => this._ask(),
      frequency: FREQUENCY,
      name: 'jupyter-dask-slurm:dashboard'
    });
    this._manager.changed.connect(this._follow, this);
    this._follow();
  }

  readonly clusterId: string;
  /** The id of the plot; `WHOLE_DASHBOARD` for the whole dashboard. */
  readonly plot: string;

  /** The last known name of its cluster. */
  get clusterName(): string {
    return this._name;
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._manager.changed.disconnect(this._follow, this);
    this._poll.dispose();
    super.dispose();
  }

  /** Update after a change of the cluster or of the connection. */
  private _follow(): void {
    const cluster = this._manager.find(this.clusterId);
    this._name = cluster?.name ?? this._name;
    // The name first: a narrow tab cuts the end, and the plot has a title of its own.
    const label = this._trans.__('%1 — %2', this._name, plotTitle(this.plot, this._trans));
    this.title.label = label;
    this.title.caption = label;
    this._frame?.node.querySelector('iframe')?.setAttribute('title', label);
    const words = whyNoDashboard(cluster, this._name, this._manager.connection, this._trans);
    if (words === null) {
      this._goOn(cluster?.scheduler_address);
    } else if (this._frame !== null && passes(cluster, this._manager.connection)) {
      // What was drawn so far stays in sight. With the server, the page's own connection is gone.
      this._isCut ||= this._manager.isServerGone;
      this._tell(words);
    } else {
      this._scheduler = undefined;
      void this._poll.stop();
      this._clear();
      this._tell(words);
    }
  }

  /** The dashboard of this scheduler can be requested: do so, unless its page is there and lives. */
  private _goOn(scheduler: string | null | undefined): void {
    const isOther = this._scheduler !== scheduler;
    if (!isOther && !this._isCut) {
      if (this._frame !== null) {
        this._unsay();
      }
      return;
    }
    if (isOther) {
      this._clear();
    }
    this._scheduler = scheduler;
    this._isCut = false;
    this._tell({ title: this._trans.__('Asking the dashboard of %1…', this._name), detail: '' });
    void this._poll.start();
  }

  /** Show the page if the dashboard answers. Rejects otherwise, so that the poll tries again. */
  private async _ask(): Promise<void> {
    const scheduler = this._scheduler;
    try {
      await this._plots.ask(this.clusterId);
    } catch (error) {
      if (scheduler === this._scheduler && !this.isDisposed) {
        this._tell({
          title: this._trans.__('The dashboard of %1 does not answer', this._name),
          detail: errorWords(error)
        });
      }
      throw error;
    }
    if (scheduler === undefined || scheduler !== this._scheduler || this.isDisposed) {
      return; // It is gone again.
    }
    void this._poll.stop();
    const page =
      this.plot === WHOLE_DASHBOARD ? 'status' : this._plots.find(this.clusterId, this.plot)?.page;
    if (page === undefined) {
      const plot = plotTitle(this.plot, this._trans);
      this._tell({
        title: this._trans.__('%1 has no plot "%2"', this._name, plot),
        detail: this._trans.__('Its version of Dask does not draw it.')
      });
    } else {
      this._show(dashboardPage(this.clusterId, page, this._baseUrl));
    }
  }

  private _show(url: string): void {
    this._clear();
    // The dashboard's scripts need their own origin for the websocket.
    const frame = new IFrame({ sandbox: ['allow-scripts', 'allow-same-origin'] });
    frame.url = url;
    frame.node.querySelector('iframe')?.setAttribute('title', this.title.label);
    this._frame = frame;
    this.addWidget(frame);
  }

  /** Say this in place of the page, or above one that stays. */
  private _tell({ title, detail }: IPaneWords): void {
    this._unsay();
    this._words = document.createElement('div');
    this._words.className =
      this._frame === null ? 'jp-DaskSlurm-paneWords' : 'jp-DaskSlurm-paneNote';
    this._words.setAttribute('role', 'status');
    const heading = document.createElement('p');
    heading.textContent = title;
    const more = document.createElement('pre');
    more.textContent = detail;
    this._words.append(heading, ...(detail === '' ? [] : [more]));
    this.node.append(this._words);
  }

  private _unsay(): void {
    this._words?.remove();
    this._words = null;
  }

  private _clear(): void {
    this._frame?.dispose();
    this._frame = null;
    this._unsay();
  }

  private readonly _manager: IClusterManager;
  private readonly _plots: PlotsModel;
  private readonly _baseUrl: string;
  private readonly _trans: TranslationBundle;
  private readonly _poll: Poll;
  private _name: string;
  /** The scheduler whose dashboard is shown or requested; undefined if there is none. */
  private _scheduler: string | null | undefined = undefined;
  /** The server was gone since the page was shown. */
  private _isCut = false;
  private _frame: IFrame | null = null;
  private _words: HTMLElement | null = null;
}

/** Return the URL of a page of a cluster's dashboard. */
export function dashboardPage(clusterId: string, page: string, baseUrl: string): string {
  const base = new URL(baseUrl, window.location.href).href;
  const id = encodeURIComponent(clusterId);
  return URLExt.join(base, 'dask-slurm/clusters', id, 'dashboard', page);
}

export namespace DashboardPane {
  export interface IOptions {
    clusterId: string;
    plot: string;
    /** The name of the cluster, until it is known. */
    name: string;
    manager: IClusterManager;
    plots: PlotsModel;
    baseUrl: string;
    trans: TranslationBundle;
  }
}
