/** The two lines that connect to a cluster by its name, for a kernel that has this package. */

import type { Kernel, KernelMessage } from '@jupyterlab/services';

import { executeSilently } from '../clusters/kernel';

/** The part of a session that is used here. */
export interface ISession {
  ready: Promise<void>;
  session: { kernel: Pick<Kernel.IKernelConnection, 'status' | 'requestExecute'> | null } | null;
}

/** Milliseconds that a kernel has to start and to answer. After that the code needs no package. */
const START_LIMIT = 30_000;
/** The same for a kernel that is there. */
const ANSWER_LIMIT = 10_000;

/** The code. It stays right when the cluster is started again. */
export function shortCode(name: string): string {
  return `from jupyter_dask_slurm import connect\nclient = connect("${name}")`;
}

/**
 * Return whether the kernel has this package and finds the cluster with it. It may run where another
 * directory is the default. A kernel that is busy with cells is not waited for; that of a `fresh` notebook
 * is just starting, and busy with itself.
 */
export async function findsCluster(
  session: ISession,
  clusterId: string,
  fresh: boolean
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), fresh ? START_LIMIT : ANSWER_LIMIT);
  });
  try {
    return await Promise.race([ask(session, clusterId, fresh), late]);
  } catch {
    return false; // It was restarted, or its connection is closed.
  } finally {
    clearTimeout(timer);
  }
}

async function ask(session: ISession, clusterId: string, fresh: boolean): Promise<boolean> {
  await session.ready;
  const kernel = session.session?.kernel;
  if (!kernel || (kernel.status === 'busy' && !fresh)) {
    return false;
  }
  return isTrue(await executeSilently(kernel, '', { found: expression(clusterId) }));
}

/** It leaves no name behind, and imports neither dask nor Jupyter's server. */
function expression(clusterId: string): string {
  return (
    '(lambda package: package is not None and __import__(' +
    '"jupyter_dask_slurm.cluster_files.directory", fromlist=["*"]' +
    `).default_state_dir().joinpath("${clusterId}").is_dir())` +
    '(__import__("importlib.util", fromlist=["*"]).find_spec("jupyter_dask_slurm"))'
  );
}

function isTrue(content: KernelMessage.IExecuteReplyMsg['content']): boolean {
  const { user_expressions: expressions } = content as {
    user_expressions?: { found?: { data?: { 'text/plain'?: unknown } } };
  };
  return expressions?.found?.data?.['text/plain'] === 'True';
}
