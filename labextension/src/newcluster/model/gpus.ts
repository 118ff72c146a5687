/** GPUs in Slurm's gres: "gpu:2", "gpu:a100:2". Pure. */

export interface IGpuChoice {
  /** As typed; empty is none. */
  count: string;
  /** Empty is any. */
  type: string;
}

/** Parse a gres; null if it asks for anything but GPUs of one type. */
export function readGpus(gres: string): IGpuChoice | null {
  const text = gres.trim();
  if (text === '') {
    return { count: '', type: '' };
  }
  // As the server reads it: a type may begin with a digit, but a number alone is a count.
  const match = /^gpu(?::((?!\d*[KMG]?$)[^:=,()\s]+))?(?::(\d*))?$/.exec(text);
  return match === null ? null : { count: match[2] ?? '1', type: match[1] ?? '' };
}

/** Return the gres for that many GPUs; empty without a number. */
export function writeGpus({ count, type }: IGpuChoice): string {
  const digits = count.replace(/\D/g, '');
  if (digits === '' || Number(digits) === 0) {
    return '';
  }
  return type === '' ? `gpu:${digits}` : `gpu:${type}:${digits}`;
}

/** Return the number and type of GPUs in a gres; zero if there are none. */
export function gpusAsked(gres: string): { count: number; type: string } {
  const found = readGpus(gres);
  return { count: Number(found?.count ?? 0), type: found?.type ?? '' };
}
