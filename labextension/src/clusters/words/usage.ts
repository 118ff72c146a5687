/** Words for what jobs used of what they asked for. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../../api/restapi';
import { coresText, formatBytes, formatNumber } from './format';

/** Return "Asked for 16 GB per job, peak 3.1 GB: 5 GB would do."; empty if the size of the jobs is right. */
export function adviceWords(cluster: ICluster, trans: TranslationBundle): string {
  const { advice, usage, options } = cluster;
  const words: string[] = [];
  if (!advice || !usage) {
    return '';
  }
  if (advice.memory !== null) {
    const whole = Number(options.memory);
    const asked = formatBytes(whole, trans);
    const better = formatBytes(advice.memory, trans, whole);
    const peak = formatBytes(usage.memory_peak, trans, whole);
    words.push(
      advice.memory < Number(options.memory)
        ? trans.__('Asked for %1 per job, peak %2: %3 would do.', asked, peak, better)
        : trans.__('Workers ran out of memory with %1 per job: try %2.', asked, better)
    );
  }
  if (advice.cores !== null && usage.cpu_mean !== null) {
    words.push(
      trans.__(
        'Asked for %1 per job, used %2 on average: %3 would do.',
        coresText(Number(options.cores), trans),
        formatNumber(Math.round(usage.cpu_mean * 10) / 10),
        formatNumber(advice.cores)
      )
    );
  }
  return words.join(' ');
}
