/** A cluster's dashboard: in a tab of JupyterLab, or of the browser where there are no tabs. */

import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import { IFrame, MainAreaWidget } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';

import { clusterIcon } from './icons';
import type { ICluster } from './restapi';

const tabId = (clusterId: string): string => `dask-slurm-dashboard-${clusterId}`;

export interface IDashboardOptions {
  app: JupyterFrontEnd;
  /** Null where there is no main area to open tabs in, as in Notebook 7. */
  labShell: ILabShell | null;
  tracker: WidgetTracker<MainAreaWidget<IFrame>>;
}

/** Open the dashboard of a cluster, or bring its tab to the front. */
export function openDashboard(
  cluster: Pick<ICluster, 'id' | 'name' | 'dashboard_path'>,
  { app, labShell, tracker }: IDashboardOptions
): void {
  const path = cluster.dashboard_path;
  if (!path) {
    return;
  }
  const url = dashboardUrl(path, app.serviceManager.serverSettings.baseUrl);
  if (labShell === null) {
    window.open(url, `dask-slurm-${cluster.id}`);
    return;
  }
  const id = tabId(cluster.id);
  let widget = tracker.find(tab => tab.id === id);
  if (widget === undefined) {
    // The dashboard's scripts need their own origin, for its websocket.
    const content = new IFrame({ sandbox: ['allow-scripts', 'allow-same-origin'] });
    content.url = url;
    content.title.label = cluster.name;
    widget = new MainAreaWidget({ content });
    widget.id = id;
    widget.title.label = cluster.name;
    widget.title.caption = url;
    widget.title.icon = clusterIcon;
    widget.title.closable = true;
    widget.addClass('jp-DaskSlurm-dashboard');
    void tracker.add(widget);
    labShell.add(widget, 'main', { mode: 'split-right' });
  }
  labShell.activateById(id);
}

/** Close the tabs of clusters that are no more: there is nothing left to see, and nobody to answer. */
export function closeGone(
  tracker: WidgetTracker<MainAreaWidget<IFrame>>,
  clusters: readonly Pick<ICluster, 'id'>[]
): void {
  const alive = new Set(clusters.map(cluster => tabId(cluster.id)));
  tracker.filter(tab => !alive.has(tab.id)).forEach(tab => tab.dispose());
}

/** `path` is below the server's base URL; one that begins with it already is taken as it is. */
export function dashboardUrl(path: string, baseUrl: string): string {
  const base = new URL(baseUrl, window.location.href);
  return path.startsWith(base.pathname) && path.startsWith('/')
    ? base.origin + path
    : URLExt.join(base.href, path);
}
