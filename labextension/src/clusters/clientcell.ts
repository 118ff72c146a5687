/** Finds the notebook cell that connects to a cluster, and updates its code. Pure. */

/** The key of the cell metadata in which the cluster of a cell is kept. */
export const CLIENT_MARK = 'dask_slurm';

/** The value under that key. */
export interface IClientMark {
  cluster_id: string;
}

/** The part of a cell that is looked at. */
export interface ICellView {
  type: string;
  source: string;
  /** The id of the cluster in its metadata, or null. */
  mark: string | null;
}

/** The cluster to connect to. */
export interface IConnectable {
  id: string;
  name: string;
}

/** The code that the server generates, from its first line to `client`; or the two lines of a kernel
 * that has this package. */
const CLIENT_CODE =
  /^# (.+): a dask cluster$[\s\S]*?^client$|^from jupyter_dask_slurm import connect\nclient = connect\("(.+)"\)$/m;

/** Read the id from the metadata of a cell, which may hold anything. */
export function readMark(metadata: unknown): string | null {
  const id = (metadata as Partial<IClientMark> | null | undefined)?.cluster_id;
  return typeof id === 'string' && id !== '' ? id : null;
}

/**
 * Find the cell to update for this cluster; null if it needs a new one.
 *
 * This is the cell with its id, or else one with its name whose cluster is not alive: a cell without
 * an id, from an older version, or of the same cluster before it was started again. Cells of other
 * clusters that are gone are left alone: the user may want to keep them.
 */
export function findClientCell(
  cells: readonly ICellView[],
  cluster: IConnectable,
  isAlive: (id: string) => boolean
): number | null {
  const codes = cells.map(cell => (cell.type === 'code' ? cell : null));
  const marked = codes.findIndex(cell => cell?.mark === cluster.id);
  if (marked !== -1) {
    return marked;
  }
  const named = codes.findIndex(
    cell =>
      cell !== null &&
      clusterIn(cell.source) === cluster.name &&
      (cell.mark === null || !isAlive(cell.mark))
  );
  return named === -1 ? null : named;
}

/** Return the name of the cluster that a code connects to, or null. */
function clusterIn(source: string): string | null {
  const found = CLIENT_CODE.exec(source);
  return found === null ? null : (found[1] ?? found[2]);
}

/** Return the text of a cell with the current code; what the user wrote around it stays. */
export function withCode(source: string, code: string): string {
  if (source.includes(code)) {
    return source;
  }
  // A function, because "$" has a meaning in a replacement text.
  return CLIENT_CODE.test(source) ? source.replace(CLIENT_CODE, () => code) : code;
}
