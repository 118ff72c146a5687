/** Describes the connection of a notebook to its cluster. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';
import { formatNumber } from '../clusters/words/format';
import { bareReason } from '../clusters/words/jobs';
import { isRetried } from '../clusters/words/problems';
import { breakingVersions } from '../clusters/words/versions';
import { notPython } from './languages';
import type { IClusterChoice, KernelSide } from './link';

export interface ILinkState {
  choice: IClusterChoice | null;
  cluster: ICluster | undefined;
  kernel: KernelSide;
  /** Whether only the name fits, so that the user has to choose. */
  asks: boolean;
  /** The language of a notebook that is not in Python, otherwise null. */
  foreign: string | null;
  /** Whether the list of clusters is known. */
  listed: boolean;
}

/** `dot` is the status of the dot; `words` are empty if the name is enough. */
export interface ILinkWords {
  dot: 'none' | 'starting' | 'running' | 'unreachable' | 'failed';
  words: string;
}

export function linkWords(state: ILinkState, trans: TranslationBundle): ILinkWords {
  const { choice, cluster, kernel, asks, foreign, listed } = state;
  if (foreign !== null) {
    return { dot: 'none', words: notPython(trans)(foreign) };
  }
  if (choice === null) {
    return { dot: 'none', words: '' };
  }
  if (cluster === undefined) {
    return listed
      ? { dot: 'failed', words: trans.__('the cluster is gone') }
      : { dot: 'starting', words: trans.__('looking for the cluster…') };
  }
  if (cluster.status === 'failed') {
    return { dot: 'failed', words: cluster.problems[0]?.message ?? trans.__('the cluster failed') };
  }
  if (asks) {
    return { dot: 'unreachable', words: trans.__('chosen elsewhere: choose it to connect') };
  }
  const differ =
    kernel.kind === 'failed' || kernel.kind === 'bound'
      ? breakingVersions(kernel.versions, cluster.versions, trans)
      : '';
  if (kernel.kind === 'failed') {
    const { words } = kernel;
    return {
      dot: 'failed',
      words: differ ? trans.__('versions differ: %1 (%2)', differ, words) : words
    };
  }
  if (!cluster.client_code) {
    return { dot: 'starting', words: trans.__('the cluster is starting…') };
  }
  if (kernel.kind === 'none') {
    return { dot: 'none', words: trans.__('connects when the kernel starts') };
  }
  if (kernel.kind !== 'bound') {
    return { dot: 'starting', words: trans.__('connecting…') };
  }
  if (kernel.clusterId !== cluster.id) {
    return { dot: 'unreachable', words: trans.__('started again: connect again') };
  }
  if (differ) {
    return { dot: 'unreachable', words: trans.__('connected, but tasks may fail: %1', differ) };
  }
  return boundWords(cluster, trans);
}

function boundWords(cluster: ICluster, trans: TranslationBundle): ILinkWords {
  const { connected } = cluster.workers;
  if (connected > 0) {
    return {
      dot: 'running',
      words: trans._n(
        'connected, %2 worker',
        'connected, %2 workers',
        connected,
        formatNumber(connected)
      )
    };
  }
  const problem = cluster.problems.find(each => isRetried(cluster, each));
  if (problem !== undefined) {
    return { dot: 'failed', words: problem.message };
  }
  const { desired, pending, submitting, running } = cluster.jobs;
  const waiting = pending + submitting;
  if (waiting > 0 && running === 0) {
    const count = formatNumber(waiting);
    const reason = bareReason(cluster.pending_reason ?? '');
    const jobs = trans._n('%2 job pending', '%2 jobs pending', waiting, count);
    return {
      dot: 'starting',
      words: reason
        ? trans.__('waiting for the first worker (%1: %2)', jobs, reason)
        : trans.__('waiting for the first worker (%1)', jobs)
    };
  }
  return desired > 0 || running > 0
    ? { dot: 'starting', words: trans.__('waiting for the first worker') }
    : { dot: 'unreachable', words: trans.__('connected, no workers: it has no jobs') };
}
