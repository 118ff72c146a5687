/** GPUs as Slurm's gres names them: "gpu:2", "gpu:a100:2". Pure. */

export interface IGpuChoice {
  /** As typed; empty is none. */
  count: string;
  /** Empty is any. */
  type: string;
}

/** What a gres asks for; null when it asks for something else than GPUs, or more. */
export function readGpus(gres: string): IGpuChoice | null {
  const text = gres.trim();
  if (text === '') {
    return { count: '', type: '' };
  }
  const match = /^gpu(?::([A-Za-z][^:,\s=]*))?(?::(\d*))?$/.exec(text);
  return match === null ? null : { count: match[2] ?? '1', type: match[1] ?? '' };
}

/** The gres of that many; none without a number. */
export function writeGpus({ count, type }: IGpuChoice): string {
  const digits = count.replace(/\D/g, '');
  if (digits === '' || Number(digits) === 0) {
    return '';
  }
  return type === '' ? `gpu:${digits}` : `gpu:${type}:${digits}`;
}

/** How many a gres asks for, of which type; zero for what is no GPU. */
export function gpusAsked(gres: string): { count: number; type: string } {
  const found = readGpus(gres);
  return { count: Number(found?.count ?? 0), type: found?.type ?? '' };
}
