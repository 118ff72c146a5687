/** One plot of one cluster, or its whole dashboard: its page in a frame, or in words why not. */

import { IFrame } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Poll } from '@lumino/polling';
import { Panel } from '@lumino/widgets';

import { errorWords } from '../api/errorwords';
import { clusterIcon } from '../base/icons';
import type { IClusterManager } from '../clusters/tokens';
import { plotTitle, WHOLE } from './plots';
import type { PlotsModel } from './plotsmodel';
import { whyNoDashboard } from './words';
import type { IPaneWords } from './words';

/** Milliseconds between looks for a dashboard that does not answer, at first and at last. */
const FREQUENCY = { interval: 1000, backoff: true, max: 30_000 };

/** It belongs to its cluster for good: of another one there is another pane. */
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
  /** The id of the plot; `WHOLE` for the dashboard as dask arranges it. */
  readonly plot: string;

  /** The name of its cluster, as it was last known. */
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

  /** The cluster, or how we stand with it, is different now. */
  private _follow(): void {
    const cluster = this._manager.find(this.clusterId);
    this._name = cluster?.name ?? this._name;
    const label = `${plotTitle(this.plot, this._trans)} — ${this._name}`;
    this.title.label = label;
    this.title.caption = label;
    this._frame?.node.querySelector('iframe')?.setAttribute('title', label);
    const words = whyNoDashboard(cluster, this._name, this._manager.connection, this._trans);
    if (words !== null) {
      this._scheduler = undefined;
      void this._poll.stop();
      this._say(words);
    } else if (this._scheduler !== cluster?.scheduler_address) {
      this._scheduler = cluster?.scheduler_address;
      this._say({ title: this._trans.__('Asking the dashboard of %1 …', this._name), detail: '' });
      void this._poll.start();
    }
  }

  /** Show the page as soon as the dashboard answers; rejects, for the poll to ask again, until then. */
  private async _ask(): Promise<void> {
    const scheduler = this._scheduler;
    try {
      await this._plots.ask(this.clusterId);
    } catch (error) {
      if (scheduler === this._scheduler && !this.isDisposed) {
        this._say({
          title: this._trans.__('The dashboard of %1 does not answer', this._name),
          detail: errorWords(error)
        });
      }
      throw error;
    }
    if (scheduler === undefined || scheduler !== this._scheduler || this.isDisposed) {
      return; // It has gone again meanwhile.
    }
    void this._poll.stop();
    const page = this.plot === WHOLE ? 'status' : this._plots.find(this.clusterId, this.plot)?.page;
    if (page === undefined) {
      const plot = plotTitle(this.plot, this._trans);
      this._say({
        title: this._trans.__('%1 has no plot "%2"', this._name, plot),
        detail: this._trans.__('Its version of Dask does not draw it.')
      });
    } else {
      this._show(dashboardPage(this.clusterId, page, this._baseUrl));
    }
  }

  private _show(url: string): void {
    this._clear();
    // The dashboard's scripts need their own origin, for its websocket.
    const frame = new IFrame({ sandbox: ['allow-scripts', 'allow-same-origin'] });
    frame.url = url;
    frame.node.querySelector('iframe')?.setAttribute('title', this.title.label);
    this._frame = frame;
    this.addWidget(frame);
  }

  private _say({ title, detail }: IPaneWords): void {
    this._clear();
    this._words = document.createElement('div');
    this._words.className = 'jp-DaskSlurm-paneWords';
    this._words.setAttribute('role', 'status');
    const heading = document.createElement('p');
    heading.textContent = title;
    const more = document.createElement('pre');
    more.textContent = detail;
    this._words.append(heading, ...(detail === '' ? [] : [more]));
    this.node.append(this._words);
  }

  private _clear(): void {
    this._frame?.dispose();
    this._frame = null;
    this._words?.remove();
    this._words = null;
  }

  private readonly _manager: IClusterManager;
  private readonly _plots: PlotsModel;
  private readonly _baseUrl: string;
  private readonly _trans: TranslationBundle;
  private readonly _poll: Poll;
  private _name: string;
  /** The scheduler whose dashboard is shown or asked; undefined while there is none to ask. */
  private _scheduler: string | null | undefined = undefined;
  private _frame: IFrame | null = null;
  private _words: HTMLElement | null = null;
}

/** The address of a page of a cluster's dashboard. */
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
