/**
 * The REST API of the server extension: what travels, and one function per endpoint.
 *
 * Sizes are bytes, times are seconds, instants are ISO-8601 UTC. Nothing here knows a widget, and
 * nobody but the manager calls these functions.
 */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** The `schema_id` of the events that say "a cluster changed, look again". */
export const EVENT_SCHEMA_ID = 'https://jupyter-dask-slurm.org/events/cluster/v1';

export type ClusterStatus = 'starting' | 'running' | 'stopping' | 'failed' | 'unreachable';

export type BatchSystemName = 'slurm' | 'local';

/** How large a cluster should be, in exactly one unit; memory is in bytes or text like "200 GB". */
export interface IScaling {
  jobs?: number;
  cores?: number;
  memory?: number | string;
}

/** What one job is. What is left out comes from the site's dask configuration. */
export interface IOptions {
  cores?: number | string | null;
  memory?: number | string | null;
  walltime?: number | string | null;
  processes?: number | string | null;
  python?: string | null;
  partition?: string | null;
  [option: string]: unknown;
}

export interface IProblem {
  code: string;
  message: string;
  since: string;
  advice?: string | null;
}

export interface IJobCounts {
  desired: number;
  submitting: number;
  pending: number;
  /** The batch system's word; includes `connected`. */
  running: number;
  connected: number;
  failed: number;
  unknown: number;
}

export interface ICluster {
  id: string;
  name: string;
  status: ClusterStatus;
  created: string;
  options: IOptions;
  scaling: IScaling;
  problems: IProblem[];
  jobs: IJobCounts;
  workers: { expected: number; connected: number };
  /** Cores of the running jobs. */
  cores: number;
  /** Bytes of memory of the running jobs. */
  memory: number;
  pending_reason: string | null;
  estimated_start: string | null;
  next_job_ends: string | null;
  idle_since: string | null;
  idle_stop: string | null;
  scheduler_address: string | null;
  dashboard_path: string | null;
  client_code: string | null;
  host: string | null;
  elsewhere: boolean;
  batch_system: BatchSystemName | null;
  ends_with: string | null;
}

export interface IJob {
  id: string;
  state: string;
  reason: string | null;
  explanation: string | null;
  node: string | null;
  workers: number;
  error: string | null;
}

export interface IPartition {
  name: string;
  default: boolean;
  available: boolean;
  nodes: number | null;
  cores_per_node: number | null;
  memory_per_node: number | null;
  max_walltime: number | null;
  default_walltime: number | null;
  idle_cores: number | null;
  total_cores: number | null;
}

export interface ISite {
  batch_system: BatchSystemName;
  version: string | null;
  cluster?: string | null;
  partitions: IPartition[];
  defaults?: IOptions;
  limits?: { max_jobs?: number | null; max_clusters?: number | null };
  /** Why a new cluster would end with the session, in words; null when it would not. */
  ends_with?: string | null;
  /** Set while the batch system does not answer. */
  problem?: IProblem | null;
  /** The batch systems one may ask for. */
  choices?: BatchSystemName[];
}

export interface IEnvironment {
  name: string;
  display_name: string;
  python: string;
}

export interface IFieldProblem {
  field: string;
  message: string;
}

export interface IScriptLine {
  text: string;
  /** The option this line comes from; "config", "cluster", or null for a fixed line. */
  from: string | null;
}

export interface IJobScript {
  script: string;
  lines: IScriptLine[];
  jobs: number;
  cores: number;
  memory: number;
  workers: number;
  problems: IFieldProblem[];
  warnings?: IFieldProblem[];
  /** The options with everything filled in. */
  options?: IOptions;
}

export interface IJobScriptRequest {
  options: IOptions;
  scaling?: IScaling;
  name?: string;
  batch_system?: BatchSystemName;
}

export interface INewCluster {
  name?: string;
  options: IOptions;
  scaling?: IScaling;
  batch_system?: BatchSystemName;
}

export interface IClusterChange {
  scaling?: IScaling;
  name?: string;
}

/** An answer that is not a success, in the server's own words. */
export class RestError extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 when the server could not be reached at all. */
    readonly status: number,
    /** The name of the error's class on the server, or null. */
    readonly reason: string | null = null,
    readonly problems: IFieldProblem[] = []
  ) {
    super(message);
    this.name = 'RestError';
  }
}

export interface IRequestSettings {
  serverSettings: ServerConnection.ISettings;
  /** Nobody asked for this request: the server must not take it for a user's activity. */
  background?: boolean;
}

const API = 'dask-slurm/api';

async function request(
  path: string,
  { serverSettings, background }: IRequestSettings,
  method = 'GET',
  body?: unknown
): Promise<Response> {
  let url = URLExt.join(serverSettings.baseUrl, API, path);
  if (background) {
    url += `${url.includes('?') ? '&' : '?'}no_track_activity=1`;
  }
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, init, serverSettings);
  } catch (error) {
    throw new RestError(error instanceof Error ? error.message : String(error), 0, 'NetworkError');
  }
  if (!response.ok) {
    throw await errorOf(response);
  }
  return response;
}

async function errorOf(response: Response): Promise<RestError> {
  const text = await response.text();
  try {
    const data = JSON.parse(text);
    if (data && typeof data.message === 'string') {
      const problems = Array.isArray(data.problems) ? data.problems : [];
      return new RestError(data.message, response.status, data.reason ?? null, problems);
    }
  } catch {
    // Not JSON: a proxy's page, or a server without the extension. The status line must do.
  }
  return new RestError(`${response.status} ${response.statusText}`.trim(), response.status);
}

async function json<T>(response: Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

const one = (id: string): string => `clusters/${encodeURIComponent(id)}`;

export function listClusters(settings: IRequestSettings): Promise<ICluster[]> {
  return json(request('clusters', settings));
}

export function createCluster(body: INewCluster, settings: IRequestSettings): Promise<ICluster> {
  return json(request('clusters', settings, 'POST', body));
}

export function getCluster(id: string, settings: IRequestSettings): Promise<ICluster> {
  return json(request(one(id), settings));
}

export function changeCluster(
  id: string,
  body: IClusterChange,
  settings: IRequestSettings
): Promise<ICluster> {
  return json(request(one(id), settings, 'PATCH', body));
}

/** Stop a cluster; of a failed one, forget it. `force` does not ask its controller. */
export async function deleteCluster(
  id: string,
  force: boolean,
  settings: IRequestSettings
): Promise<void> {
  await request(one(id) + (force ? '?force=1' : ''), settings, 'DELETE');
}

export function listJobs(id: string, settings: IRequestSettings): Promise<IJob[]> {
  return json(request(`${one(id)}/jobs`, settings));
}

/** The last `tail` lines of a log: "controller", "scheduler" or a job's id. */
export async function getLog(
  id: string,
  source: string,
  tail: number,
  settings: IRequestSettings
): Promise<string> {
  const query = `source=${encodeURIComponent(source)}&tail=${tail}`;
  return (await request(`${one(id)}/logs?${query}`, settings)).text();
}

/** The job script that would be submitted. */
export function getJobScript(
  body: IJobScriptRequest,
  settings: IRequestSettings
): Promise<IJobScript> {
  return json(request('job-script', settings, 'POST', body));
}

export function getSite(settings: IRequestSettings): Promise<ISite> {
  return json(request('site', settings));
}

/** Python environments a cluster can run in. An older server answers 404. */
export function listEnvironments(settings: IRequestSettings): Promise<IEnvironment[]> {
  return json(request('environments', settings));
}
