/** The plots of a dask dashboard: their names, their order, and which are useful. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';

/** One plot of a cluster's dashboard, as a page of its own. */
export interface IPlot {
  /** The id in panes, settings and saved workspaces: "task-stream". */
  id: string;
  title: string;
  /** The path of its page below the dashboard. */
  page: string;
}

/** The whole dashboard, as dask lays it out, as if it were a plot. */
export const WHOLE_DASHBOARD = 'whole-dashboard';

/** The default layout, if the settings do not say otherwise. */
export const DEFAULT_PLOTS: readonly string[] = [
  'task-stream',
  'progress',
  'workers-memory',
  'cpu'
];

/** Replacements for plots of the default layout that a version of dask does not have. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  'workers-memory': 'cluster-memory',
  'cluster-memory': 'workers-memory',
  cpu: 'workers',
  workers: 'cpu'
};

/** The known plots, the most useful first, with better names than dask's. */
const knownPlots = (trans: TranslationBundle): readonly [id: string, title: string][] => [
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

/** Return the id of a plot from its page: "task-stream" for "/individual-task-stream". */
function idOf(page: string): string {
  const last = page.split('/').at(-1) ?? '';
  return last.replace(/\.html$/, '').replace(/^individual-/, '');
}

/** Return the name of a plot; for an unknown one, made from its id. */
export function plotTitle(id: string, trans: TranslationBundle): string {
  if (id === WHOLE_DASHBOARD) {
    return trans.__('Dashboard');
  }
  return (
    knownPlots(trans).find(([other]) => other === id)?.[1] ??
    id
      .split('-')
      .map(word => (/^(cpu|gpu|rmm|io)$/.test(word) ? word.toUpperCase() : capital(word)))
      .join(' ')
  );
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/**
 * Read a dashboard's `individual-plots.json`, which maps dask's names to pages. The known plots come
 * first, in our order, and then those of later versions of dask, by name.
 */
export function readPlots(index: Record<string, string>, trans: TranslationBundle): IPlot[] {
  const order = new Map(knownPlots(trans).map(([id], i) => [id, i]));
  const rank = ({ id }: IPlot): number => order.get(id) ?? order.size;
  return Object.values(index)
    .map(page => String(page).replace(/^\/+/, ''))
    .filter(page => /^[\w-]+(\/[\w-]+)*(\.html)?$/.test(page) && page.includes('individual-'))
    .map(page => ({ id: idOf(page), page, title: plotTitle(idOf(page), trans) }))
    .sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
}

const OF_GPUS = /(^|-)(gpus?|rmm|cuda|nvml)(-|$)/;

/**
 * Whether the plots of GPUs, which dask always lists, would show anything. A Slurm job has the GPUs
 * that its options, including the site's configuration, ask for. A job of the embedded queue sees
 * all GPUs of the machine; but most machines have none, and the whole dashboard has these plots anyway.
 */
export function hasGpus({ options }: Pick<ICluster, 'options'>): boolean {
  const directives = options.job_extra_directives;
  return (
    /\bgpu\b/i.test(String(options.gres ?? '')) ||
    (Array.isArray(directives) &&
      directives.some(line => /^\s*(--gpus|-G\b)|--(gres|tres)[^#]*\bgpu\b/i.test(String(line))))
  );
}

/** Leave out plots of GPUs if the cluster has none. */
export function useful(plots: readonly IPlot[], cluster: Pick<ICluster, 'options'>): IPlot[] {
  return hasGpus(cluster) ? [...plots] : plots.filter(({ id }) => !OF_GPUS.test(id));
}

/** Return the plots of `wanted` that the cluster has, each once. Ids may also be dask's. */
export function chosenPlots(wanted: readonly string[], plots: readonly IPlot[]): IPlot[] {
  const byId = new Map(plots.map(plot => [plot.id, plot]));
  const chosen = wanted
    .map(idOf)
    .flatMap(id => byId.get(id) ?? byId.get(REPLACEMENTS[id] ?? '') ?? []);
  return [...new Set(chosen)];
}

/** Return the plots that a search finds, those that are called so before those that are about it. */
export function found<T extends Pick<IPlot, 'id' | 'title'>>(
  plots: readonly T[],
  search: string
): readonly T[] {
  const words = search.toLowerCase().trim();
  const rank = ({ title }: T): number => {
    const name = title.toLowerCase();
    return name === words ? 0 : name.startsWith(words) ? 1 : name.includes(words) ? 2 : 3;
  };
  return plots.filter(plot => matches(plot, search)).sort((a, b) => rank(a) - rank(b));
}

/** Whether all words of a search are in the plot's name or in dask's name for it. */
function matches(plot: Pick<IPlot, 'id' | 'title'>, search: string): boolean {
  const text = `${plot.title} ${plot.id.replaceAll('-', ' ')}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/[\s-]+/)
    .every(word => text.includes(word));
}
