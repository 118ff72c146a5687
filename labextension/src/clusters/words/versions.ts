/** Versions that differ between a notebook and its cluster. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { formatList } from './format';

export type Versions = Readonly<Record<string, string>>;

/** What functions and messages are made and read with, as in `jupyter_dask_slurm/model/versions.py`. */
const PICKLED = ['python', 'dask', 'distributed', 'cloudpickle', 'msgpack'];

/** Return "python 3.11.7 here and 3.13.1 there, …" for what breaks tasks; empty if nothing does. */
export function breakingVersions(
  own: Versions | null | undefined,
  cluster: Versions | null | undefined,
  trans: TranslationBundle
): string {
  const found = PICKLED.filter(
    name =>
      own?.[name] !== undefined &&
      cluster?.[name] !== undefined &&
      compared(name, own[name]) !== compared(name, cluster[name])
  ).map(name =>
    trans.__('%1 %2 here and %3 there', name, shown(own![name]), shown(cluster![name]))
  );
  return formatList(found);
}

/** Releases of one minor version of Python read each other. */
function compared(name: string, version: string): string {
  return name === 'python' ? version.split('.', 2).join('.') : version;
}

/** Without the word and the number behind Python's own: "3.13.1.final.0". */
function shown(version: string): string {
  return version.replace(/\.final.*$/, '');
}
