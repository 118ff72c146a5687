/** Which cell of a notebook connects to which cluster, and what stands in it. Pure. */

/** The key of a cell's metadata under which a cell of ours says whose it is. */
export const CLIENT_MARK = 'dask_slurm';

/** What the metadata of a cell of ours say. */
export interface IClientMark {
  cluster_id: string;
}

/** What is looked at of a cell. */
export interface ICellView {
  type: string;
  source: string;
  /** The cluster that the cell says it connects to; null for one that does not say. */
  mark: string | null;
}

/** The cluster to connect to. */
export interface IConnectable {
  id: string;
  name: string;
}

/** From its first line to `client`: what the server writes into a cell. */
const CLIENT_CODE = /^# (.+): a dask cluster$[\s\S]*?^client$/m;

/** The id in the metadata of a cell; anybody may have written there. */
export function readMark(metadata: unknown): string | null {
  const id = (metadata as Partial<IClientMark> | null | undefined)?.cluster_id;
  return typeof id === 'string' && id !== '' ? id : null;
}

/**
 * The cell that is to be updated for this cluster, or null when it takes a new one.
 *
 * That is the cell with its mark. Else one with its name, if that connects to no cluster that is
 * alive: a cell of before there were marks, or of the same cluster before it was started again. The
 * cell of a cluster that is gone is nobody else's, for its reader may want to see what there was.
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
      CLIENT_CODE.exec(cell.source)?.[1] === cluster.name &&
      (cell.mark === null || !isAlive(cell.mark))
  );
  return named === -1 ? null : named;
}

/** A cell's text with the code of today in it; what the reader wrote around it stays. */
export function withCode(source: string, code: string): string {
  if (source.includes(code)) {
    return source;
  }
  // A function, for "$" means something in a text that replaces.
  return CLIENT_CODE.test(source) ? source.replace(CLIENT_CODE, () => code) : code;
}
