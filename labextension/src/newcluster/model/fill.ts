/** First values of the form: those used last, a profile, the site's defaults, or another cluster. */

import type { BatchSystemName, ICluster, IOptions, IScaling, ISite } from '../../api/restapi';
import { fromScaling, isRange, jobSize, toJobs } from '../../clusters/scale';
import type { Environments } from './environments';
import type { Field } from './fields';
import { FIELDS, OPTION_FIELDS } from './fields';
import { isKnownPartition } from './site';
import type { Values } from './values';
import { emptyValues, typed } from './values';

/** Read the remembered values of the last cluster, except its name. */
export function rememberedValues(saved: unknown): Partial<Values> {
  if (saved === null || typeof saved !== 'object') {
    return {};
  }
  const known = saved as Partial<Record<Field, unknown>>;
  return Object.fromEntries(
    FIELDS.filter(field => field !== 'name' && typeof known[field] === 'string').map(field => [
      field,
      known[field] as string
    ])
  );
}

/** Return first values for a site that has not been used yet: a quarter of a node. */
export function firstValues(site: ISite | null): Partial<Values> {
  const partition = site?.partitions.find(p => p.default) ?? site?.partitions[0];
  const nodeCores = partition?.cores_per_node ?? 4;
  const nodeMemory = partition?.memory_per_node ?? null;
  const { max_cores: mostCores, max_memory: mostMemory } = site?.limits ?? {};
  const cores = Math.max(1, Math.min(8, Math.floor(nodeCores / 4), mostCores ?? Infinity));
  const perNode = nodeMemory === null ? Infinity : (nodeMemory * cores) / nodeCores;
  const share = Math.min(cores * 4e9, perNode, mostMemory ?? Infinity);
  const memory = share >= 1e9 ? `${Math.floor(share / 1e9)} GB` : `${Math.floor(share / 1e6)} MB`;
  return {
    cores: site?.defaults?.cores ? '' : String(cores),
    memory: site?.defaults?.memory ? '' : memory,
    scaling: '1'
  };
}

/** The fields that the open notebook has values for. */
export const NOTEBOOK_FIELDS = ['python', 'directory'] as const satisfies readonly Field[];

export type NotebookSource = Pick<Environments, 'ofNotebook' | 'directory'>;

/** Return the values of the open notebook: its Python, unless that is the default here, and its folder. */
export function notebookValues(
  { ofNotebook, directory }: NotebookSource,
  site: ISite | null
): Partial<Values> {
  const python = ofNotebook?.python;
  return {
    ...(python ? { python: python === site?.defaults?.python ? '' : python } : {}),
    ...(directory && !namesDirectory(site?.defaults?.job_extra_directives) ? { directory } : {})
  };
}

/** Whether directives say where jobs start: what somebody wrote counts more than the notebook's folder. */
export function namesDirectory(directives: unknown): boolean {
  const lines = Array.isArray(directives) ? directives : String(directives ?? '').split('\n');
  return lines.some(line => /(^|\s)(-D|--chdir)/.test(String(line)));
}

/** Return options and a size as they would be typed. */
export function typedValues(options: IOptions, scaling: IScaling | null): Partial<Values> {
  const values: Partial<Values> = {};
  for (const field of OPTION_FIELDS) {
    const value = options[field];
    if (value !== null && value !== undefined) {
      values[field] = typed(field, value);
    }
  }
  if (scaling?.adapt) {
    values.scaling = String(scaling.adapt.minimum_jobs);
    values.most = String(scaling.adapt.maximum_jobs);
  } else if (scaling?.jobs !== undefined) {
    values.scaling = String(scaling.jobs);
  }
  return values;
}

/** Drop values that the site does not have. What it does not tell is kept. */
export function fittingSite(values: Partial<Values>, site: ISite | null): Partial<Values> {
  const fitting = { ...values };
  const clusters = site?.slurm_clusters ?? [];
  if (clusters.length > 0 && !clusters.includes(fitting.slurm_cluster ?? '')) {
    delete fitting.slurm_cluster;
  }
  if (fitting.slurm_cluster && fitting.slurm_cluster !== site?.cluster) {
    return fitting; // It is about another Slurm.
  }
  if (fitting.partition && site !== null && !isKnownPartition(site, fitting.partition)) {
    delete fitting.partition;
  }
  for (const field of ['account', 'qos'] as const) {
    const known = (field === 'account' ? site?.accounts : site?.qos) ?? [];
    if (known.length > 0 && !known.includes(fitting[field] ?? '')) {
      delete fitting[field];
    }
  }
  return fitting;
}

/** The form to fill in. */
export interface IFillable {
  readonly site: ISite | null;
  set(field: Field, text: string): void;
  setBatchSystem(name: BatchSystemName | null): void;
  hasEdits: boolean;
}

/** Fill in the values of a cluster, except its name. */
export function fillFrom(form: IFillable, cluster: ICluster): void {
  const wanted = fromScaling(cluster.scaling);
  const size = isRange(wanted) ? wanted : { jobs: toJobs(wanted, jobSize(cluster.options)) };
  const values = { ...emptyValues(''), ...typedValues(cluster.options, size) };
  for (const field of FIELDS) {
    if (field !== 'name') {
      form.set(field, values[field]);
    }
  }
  if (cluster.batch_system !== null && cluster.batch_system !== form.site?.batch_system) {
    form.setBatchSystem(cluster.batch_system);
  }
  form.hasEdits = false;
}
