/**
 * The REST API of the server extension: one function per endpoint. Its types are in `wire`.
 *
 * No widgets here, and only the manager calls these functions.
 */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { errorWords } from './errorwords';
import type { ISite, ISiteCheck } from './sitewire';
import type {
  ICluster,
  IClusterChange,
  IEnvironment,
  IEstimate,
  IEstimateRequest,
  IFieldProblem,
  IJob,
  IJobScript,
  IJobScriptRequest,
  ILogOptions,
  ILogPiece,
  INewCluster,
  IOrphans,
  IProfile,
  IProfileChange,
  IUnanswered
} from './wire';

export type * from './activitywire';
export type * from './sitewire';
export type * from './wire';

/** The `schema_id` of the events that tell that a cluster has changed. */
export const EVENT_SCHEMA_ID = 'https://jupyter-dask-slurm.org/events/cluster/v1';

/** A response that is not a success, with the server's message. */
export class RestError extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 when the server could not be reached at all. */
    readonly status: number,
    /** The name of the exception's class on the server, or null. */
    readonly reason: string | null = null,
    readonly problems: IFieldProblem[] = []
  ) {
    super(message);
    this.name = 'RestError';
  }
}

/** Whether the server answered 404: something is gone, or an older server has no such endpoint. */
export function isNotFound(error: unknown): error is RestError {
  return error instanceof RestError && error.status === 404;
}

/** Whether the server does nothing, because what its administrator has set cannot be used. */
export function isMisconfiguration(error: unknown): boolean {
  return error instanceof RestError && error.reason === 'BrokenSettings';
}

/** Whether there was nobody to answer: no server, or a proxy that says so in its place. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof RestError)) {
    return false;
  }
  // A proxy has no words for people: see `errorOf`.
  const isOfProxy = error.reason === null && error.message.startsWith(`${error.status} `);
  return error.status === 0 || ([502, 503, 504].includes(error.status) && isOfProxy);
}

/** Wait for a deletion. One that finds nothing any more has succeeded. */
export async function orGone(ending: Promise<void>): Promise<void> {
  try {
    await ending;
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
}

/** Return the response, or null if an older server has no such endpoint. */
export async function orUnknown<T>(response: Promise<T>): Promise<T | null> {
  try {
    return await response;
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
    return null;
  }
}

export interface IRequestSettings {
  serverSettings: ServerConnection.ISettings;
  /** The request is not the user's: the server must not count it as activity. */
  background?: boolean;
}

const API = 'dask-slurm/api';

async function request(
  path: string,
  { serverSettings, background }: IRequestSettings,
  method = 'GET',
  body?: unknown,
  root = API
): Promise<Response> {
  let url = URLExt.join(serverSettings.baseUrl, root, path);
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
    const words = `The Jupyter server cannot be reached: ${errorWords(error)}`;
    throw new RestError(words, 0, 'NetworkError');
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
    // Not JSON: the page of a proxy, or a server without the extension. Use the status line.
  }
  if (response.headers.get('Content-Type')?.startsWith('text/plain') && text.length < 1000) {
    return new RestError(text, response.status); // As the dashboard proxy answers.
  }
  return new RestError(`${response.status} ${response.statusText}`.trim(), response.status);
}

async function json<T>(response: Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

const one = (id: string): string => `clusters/${encodeURIComponent(id)}`;
const job = (id: string, jobId: string): string => `${one(id)}/jobs/${encodeURIComponent(jobId)}`;

export function listClusters(settings: IRequestSettings): Promise<ICluster[]> {
  return json(request('clusters', settings));
}

export function createCluster(body: INewCluster, settings: IRequestSettings): Promise<ICluster> {
  return json(request('clusters', settings, 'POST', body));
}

export function changeCluster(
  id: string,
  body: IClusterChange,
  settings: IRequestSettings
): Promise<ICluster> {
  return json(request(one(id), settings, 'PATCH', body));
}

/** Stop a cluster, or forget one that has failed. With `force`, its controller is not asked. */
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

/** End one job, and lower the wanted number of jobs by one. */
export async function cancelJob(
  id: string,
  jobId: string,
  settings: IRequestSettings
): Promise<void> {
  await request(job(id, jobId), settings, 'DELETE');
}

/** Start another job first; then drain and cancel this one. */
export function replaceJob(
  id: string,
  jobId: string,
  settings: IRequestSettings
): Promise<ICluster> {
  return json(request(`${job(id, jobId)}/replace`, settings, 'POST', {}));
}

/** Try again what has failed. An older server answers 404 or 405. */
export function retryCluster(id: string, settings: IRequestSettings): Promise<ICluster> {
  return json(request(`${one(id)}/retry`, settings, 'POST', {}));
}

/** Forget a cluster that has ended, and create the same one again. */
export function startAgain(id: string, settings: IRequestSettings): Promise<ICluster> {
  return json(request(`${one(id)}/start-again`, settings, 'POST', {}));
}

/** Postpone the idle stop by this many seconds from now; null is one whole time-out. */
export function extendIdle(
  id: string,
  seconds: number | null,
  settings: IRequestSettings
): Promise<ICluster> {
  return json(
    request(`${one(id)}/extend-idle`, settings, 'POST', seconds === null ? {} : { seconds })
  );
}

/** List jobs that belong to no living cluster. An older server answers 404. */
export async function listOrphans(settings: IRequestSettings): Promise<IOrphans> {
  const response = await request('orphans', settings);
  const orphans = (await response.json()) as IOrphans;
  const unanswered = response.headers.get('Unanswered');
  if (unanswered) {
    orphans.unanswered = JSON.parse(unanswered) as IUnanswered[];
  }
  return orphans;
}

/** Cancel the orphaned jobs of one cluster; null is all of them. */
export async function cancelOrphans(
  clusterId: string | null,
  settings: IRequestSettings
): Promise<void> {
  const path = clusterId === null ? 'orphans' : `orphans/${encodeURIComponent(clusterId)}`;
  await request(path, settings, 'DELETE');
}

/** How many lines of a log are read at first. */
const TAIL = 1000;

/** Read the end of a log, or what is new in it. `source` is "controller", "scheduler" or a job id. */
export async function getLog(
  id: string,
  source: string,
  { tail = TAIL, after = null }: ILogOptions,
  settings: IRequestSettings
): Promise<ILogPiece> {
  const query = `source=${encodeURIComponent(source)}&tail=${tail}`;
  const since = after === null ? '' : `&after=${after}`;
  const response = await request(`${one(id)}/logs?${query}${since}`, settings);
  const byte = (header: string): number | null => {
    const text = response.headers.get(header);
    return text === null ? null : Number(text);
  };
  return { text: await response.text(), start: byte('Log-Start'), end: byte('Log-End') };
}

/** List the plots of a dashboard: dask's name of each, and its page below the dashboard. */
export function listPlots(id: string, settings: IRequestSettings): Promise<Record<string, string>> {
  const path = `${one(id)}/dashboard/individual-plots.json`;
  return json(request(path, settings, 'GET', undefined, 'dask-slurm'));
}

/** The job script that would be submitted. */
export function getJobScript(
  body: IJobScriptRequest,
  settings: IRequestSettings
): Promise<IJobScript> {
  return json(request('job-script', settings, 'POST', body));
}

/** What the batch system offers; with `slurmCluster`, that one of the site's. */
export function getSite(settings: IRequestSettings, slurmCluster?: string): Promise<ISite> {
  const query = slurmCluster ? `?slurm_cluster=${encodeURIComponent(slurmCluster)}` : '';
  return json(request(`site${query}`, settings));
}

/** Begin to look at all that a cluster needs of the site (POST), or ask what has been found so far. */
export function checkSite(method: 'GET' | 'POST', settings: IRequestSettings): Promise<ISiteCheck> {
  return json(request('site-check', settings, method, method === 'POST' ? {} : undefined));
}

export async function stopSiteCheck(settings: IRequestSettings): Promise<void> {
  await request('site-check', settings, 'DELETE');
}

/** List the Python environments a cluster can run in. An older server answers 404. */
export function listEnvironments(settings: IRequestSettings): Promise<IEnvironment[]> {
  return json(request('environments', settings));
}

/** Estimate when a job with these options would start. An older server answers 404. */
export function getEstimate(
  body: IEstimateRequest,
  settings: IRequestSettings
): Promise<IEstimate> {
  return json(request('estimate', settings, 'POST', body));
}

const profile = (name: string): string => `profiles/${encodeURIComponent(name)}`;

/** List the profiles of the administrator, the configuration and the user. An older server answers 404. */
export function listProfiles(settings: IRequestSettings): Promise<IProfile[]> {
  return json(request('profiles', settings));
}

/** Save a profile of the user's. */
export function putProfile(
  name: string,
  body: IProfileChange,
  settings: IRequestSettings
): Promise<IProfile> {
  return json(request(profile(name), settings, 'PUT', body));
}

/** Return what was entered last in the form, by field. An older server answers 404. */
export function getLastValues(settings: IRequestSettings): Promise<Record<string, string>> {
  return json(request('last-values', settings));
}

export async function putLastValues(
  values: Record<string, string>,
  settings: IRequestSettings
): Promise<void> {
  await request('last-values', settings, 'PUT', values);
}

export async function deleteProfile(name: string, settings: IRequestSettings): Promise<void> {
  await request(profile(name), settings, 'DELETE');
}
