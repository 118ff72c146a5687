/** All open dashboard panes: one per cluster and plot, as tabs of the main area. */

import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import type { ICluster } from '../api/restapi';
import type { IClusterManager } from '../clusters/tokens';
import { DashboardPane, dashboardPage } from './pane';
import type { IPanePlace } from './places';
import { defaultPlace, nextPlace } from './places';
import { chosenPlots, DEFAULT_PLOTS, WHOLE_DASHBOARD } from './plots';
import { PlotsModel } from './plotsmodel';

type PaneTab = MainAreaWidget<DashboardPane>;

const tabId = (clusterId: string, plot: string): string =>
  `dask-slurm-dashboard-${clusterId}-${plot}`;

export class Dashboards {
  constructor(private readonly _options: Dashboards.IOptions) {
    const { manager, trans } = _options;
    this.plots = new PlotsModel(manager, trans);
    manager.changed.connect(this._closeGone, this);
  }

  readonly plots: PlotsModel;
  readonly tracker = new WidgetTracker<PaneTab>({ namespace: 'dask-slurm-dashboards' });
  /** The plots of the default layout; those that a cluster does not have are left out. */
  defaultPlots: readonly string[] = DEFAULT_PLOTS;

  /** Whether there is a main area. Without it, as in Notebook 7, plots open in browser tabs. */
  get canArrange(): boolean {
    return this._options.labShell !== null;
  }

  isOpen(clusterId: string, plot: string): boolean {
    return this._find(clusterId, plot) !== undefined;
  }

  /** Show a plot of a cluster, or bring its pane to the front. */
  async open(cluster: Pick<ICluster, 'id' | 'name'>, plot = WHOLE_DASHBOARD): Promise<void> {
    const { labShell, app } = this._options;
    if (labShell === null) {
      const page = plot === WHOLE_DASHBOARD ? 'status' : await this._page(cluster.id, plot);
      const { baseUrl } = app.serviceManager.serverSettings;
      window.open(dashboardPage(cluster.id, page, baseUrl), tabId(cluster.id, plot));
      return;
    }
    if (!this.isOpen(cluster.id, plot)) {
      const ids = (own: boolean): string[] =>
        this._tabs(tab => (tab.content.clusterId === cluster.id) === own).map(tab => tab.id);
      this._add(cluster, plot, nextPlace(ids(true), ids(false), this._inFront()?.id ?? null));
    }
    labShell.activateById(tabId(cluster.id, plot));
  }

  /** Open the default layout around the current widget, which keeps the focus. */
  async openDefault(cluster: Pick<ICluster, 'id' | 'name'>): Promise<void> {
    const plots = chosenPlots(this.defaultPlots, await this.plots.load(cluster.id));
    const front = this._inFront();
    const placed: string[] = [];
    for (const [number, { id }] of plots.entries()) {
      const open = this._find(cluster.id, id);
      const place = defaultPlace(number, placed, front?.id ?? null);
      placed.push((open ?? this._add(cluster, id, place)).id);
    }
    const focused = front?.id ?? placed[0];
    if (focused !== undefined) {
      this._options.labShell?.activateById(focused);
    }
  }

  /** Restore a pane of a saved workspace. JupyterLab knows its place. */
  restore(clusterId: string, plot: string, name: string): void {
    if (!this.isOpen(clusterId, plot)) {
      this._add({ id: clusterId, name }, plot, null);
    }
  }

  private _add(
    { id, name }: Pick<ICluster, 'id' | 'name'>,
    plot: string,
    place: IPanePlace | null
  ): PaneTab {
    const { app, labShell, manager, trans } = this._options;
    const content = new DashboardPane({
      clusterId: id,
      plot,
      name,
      manager,
      plots: this.plots,
      baseUrl: app.serviceManager.serverSettings.baseUrl,
      trans
    });
    const tab = new MainAreaWidget({ content });
    tab.id = tabId(id, plot);
    tab.title.closable = true;
    tab.toolbar.hide();
    content.title.changed.connect(() => void this.tracker.save(tab));
    void this.tracker.add(tab);
    labShell?.add(tab, 'main', { ...place, ref: place?.ref ?? undefined, activate: false });
    return tab;
  }

  /** Return the current widget, or the last notebook if that is a dashboard. */
  private _inFront(): Widget | null {
    const current = this._options.labShell?.currentWidget ?? null;
    return current !== null && this.tracker.has(current)
      ? (this._options.notebook() ?? current)
      : current;
  }

  private async _page(clusterId: string, plot: string): Promise<string> {
    await this.plots.load(clusterId);
    return this.plots.find(clusterId, plot)?.page ?? 'status';
  }

  private _find(clusterId: string, plot: string): PaneTab | undefined {
    const id = tabId(clusterId, plot);
    return this.tracker.find(tab => tab.id === id);
  }

  private _tabs(fits: (tab: PaneTab) => boolean): PaneTab[] {
    return this.tracker.filter(fits);
  }

  /** Close the panes of clusters that are gone. */
  private _closeGone(): void {
    const { manager } = this._options;
    if (manager.connection === 'ok') {
      this._tabs(tab => manager.find(tab.content.clusterId) === undefined).forEach(tab =>
        tab.dispose()
      );
    }
  }
}

export namespace Dashboards {
  export interface IOptions {
    app: JupyterFrontEnd;
    /** Null without a main area, as in Notebook 7. */
    labShell: ILabShell | null;
    manager: IClusterManager;
    /** Returns the last used notebook. */
    notebook: () => Widget | null;
    trans: TranslationBundle;
  }
}
