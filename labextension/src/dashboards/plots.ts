/** The plots of a dask dashboard: their names, their order, and which of them are of use. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';

/** One plot of a cluster's dashboard, as a page of its own. */
export interface IPlot {
  /** What panes, settings and saved workspaces call it: "task-stream". */
  id: string;
  title: string;
  /** Where its page is, below the dashboard. */
  page: string;
}

/** The dashboard as dask itself arranges it, as one more "plot". */
export const WHOLE = 'whole-dashboard';

/** What the default layout shows unless the settings say otherwise. */
export const DEFAULT_PLOTS: readonly string[] = [
  'task-stream',
  'progress',
  'workers-memory',
  'cpu'
];

/** What stands in for a plot of the default layout that a cluster's dask does not have. */
const INSTEAD: Readonly<Record<string, string>> = {
  'workers-memory': 'cluster-memory',
  'cluster-memory': 'workers-memory',
  cpu: 'workers',
  workers: 'cpu'
};

/** The plots that are known here, the most useful first, with better names than dask's own. */
const known = (trans: TranslationBundle): readonly [id: string, title: string][] => [
  ['task-stream', trans.__('Task Stream')],
  ['progress', trans.__('Progress')],
  ['workers-memory', trans.__('Memory per Worker')],
  ['cluster-memory', trans.__('Cluster Memory')],
  ['cpu', trans.__('CPU per Worker')],
  ['workers', trans.__('Workers')],
  ['nprocessing', trans.__('Tasks per Worker')],
  ['graph', trans.__('Task Graph')],
  ['groups', trans.__('Task Groups')],
  ['group-progress', trans.__('Task Group Progress')],
  ['gpu-utilization', trans.__('GPU Utilization')],
  ['gpu-memory', trans.__('GPU Memory')],
  ['rmm-memory', trans.__('RMM Memory')],
  ['occupancy', trans.__('Occupancy')],
  ['memory-by-key', trans.__('Memory per Key')],
  ['compute-time-per-key', trans.__('Compute Time per Key')],
  ['aggregate-time-per-action', trans.__('Time per Action')],
  ['fine-performance-metrics', trans.__('Fine Performance Metrics')],
  ['profile', trans.__('Profile')],
  ['exceptions', trans.__('Exceptions')],
  ['workers-cpu-timeseries', trans.__('CPU over Time')],
  ['workers-memory-timeseries', trans.__('Memory over Time')],
  ['workers-network-timeseries', trans.__('Network over Time')],
  ['workers-disk-timeseries', trans.__('Disk over Time')],
  ['workers-network', trans.__('Network per Worker')],
  ['workers-disk', trans.__('Disk per Worker')],
  ['workers-transfer-bytes', trans.__('Bytes in Transfer')],
  ['bandwidth-workers', trans.__('Bandwidth between Workers')],
  ['bandwidth-types', trans.__('Bandwidth per Type')],
  ['contention', trans.__('Event Loop Contention')],
  ['scheduler-system', trans.__('Scheduler System')],
  ['profile-server', trans.__('Profile of the Scheduler')],
  ['cluster-map', trans.__('Cluster Map')]
];

/** The id of the plot whose page that is: "/individual-task-stream" is "task-stream". */
function idOf(page: string): string {
  const last = page.split('/').at(-1) ?? '';
  return last.replace(/\.html$/, '').replace(/^individual-/, '');
}

/** A plot's name; of one that is not known here, made of its id. */
export function plotTitle(id: string, trans: TranslationBundle): string {
  if (id === WHOLE) {
    return trans.__('Dashboard');
  }
  return (
    known(trans).find(([other]) => other === id)?.[1] ??
    id
      .split('-')
      .map(word => (/^(cpu|gpu|rmm|io)$/.test(word) ? word.toUpperCase() : capital(word)))
      .join(' ')
  );
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/**
 * The plots that a dashboard's `individual-plots.json` lists, from dask's names to pages: the known
 * ones in our order, and behind them, by name, what later versions of dask bring.
 */
export function readPlots(index: Record<string, string>, trans: TranslationBundle): IPlot[] {
  const order = new Map(known(trans).map(([id], i) => [id, i]));
  const rank = ({ id }: IPlot): number => order.get(id) ?? order.size;
  return Object.values(index)
    .map(page => String(page).replace(/^\/+/, ''))
    .filter(page => /^[\w-]+(\/[\w-]+)*(\.html)?$/.test(page) && page.includes('individual-'))
    .map(page => ({ id: idOf(page), page, title: plotTitle(idOf(page), trans) }))
    .sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
}

const OF_GPUS = /(^|-)(gpus?|rmm|cuda|nvml)(-|$)/;

/**
 * Whether plots of GPUs would show anything: dask lists them always. A job of Slurm's has the GPUs
 * that it asked for, so the options tell, with what the site's configuration added to them. Jobs
 * of the embedded queue see every GPU of their machine without asking; theirs are shown only when
 * asked for, too, because most machines have none and the whole dashboard has them in any case.
 */
export function hasGpus({ options }: Pick<ICluster, 'options'>): boolean {
  const directives = options.job_extra_directives;
  return (
    /\bgpu\b/i.test(String(options.gres ?? '')) ||
    (Array.isArray(directives) &&
      directives.some(line => /^\s*(--gpus|-G\b)|--(gres|tres)[^#]*\bgpu\b/i.test(String(line))))
  );
}

/** Without those of GPUs on a cluster that has none. */
export function useful(plots: readonly IPlot[], cluster: Pick<ICluster, 'options'>): IPlot[] {
  return hasGpus(cluster) ? [...plots] : plots.filter(({ id }) => !OF_GPUS.test(id));
}

/** Those that `wanted` names and the cluster has, each once; ids may be spelled as dask does. */
export function chosenPlots(wanted: readonly string[], plots: readonly IPlot[]): IPlot[] {
  const byId = new Map(plots.map(plot => [plot.id, plot]));
  const chosen = wanted.map(idOf).flatMap(id => byId.get(id) ?? byId.get(INSTEAD[id] ?? '') ?? []);
  return [...new Set(chosen)];
}

/** Whether every word of the search is in the name of the plot, or in dask's name for it. */
export function matches(plot: Pick<IPlot, 'id' | 'title'>, search: string): boolean {
  const text = `${plot.title} ${plot.id.replaceAll('-', ' ')}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/[\s-]+/)
    .every(word => text.includes(word));
}
