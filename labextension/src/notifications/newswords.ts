/** The texts of notifications. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';
import { formatDuration, formatNumber, secondsUntil } from '../clusters/words/format';
import { statusWord } from '../clusters/words/problems';
import type { IEnding, News } from './news';

/** Return "blue-otter: workers ready (2 of 4)", "blue-otter failed: out of quota". */
export function newsWords(cluster: ICluster, news: News, trans: TranslationBundle): string {
  const { name, workers } = cluster;
  switch (news.kind) {
    case 'workersReady':
      return workers.connected < workers.expected
        ? trans.__(
            '%1: workers ready (%2 of %3)',
            name,
            formatNumber(workers.connected),
            formatNumber(workers.expected)
          )
        : trans.__('%1: workers ready (%2)', name, formatNumber(workers.connected));
    case 'failed': {
      const title =
        news.what === 'cluster'
          ? trans.__('%1 failed', name)
          : trans.__('%1: %2', name, statusWord(cluster, trans));
      return news.words === null ? title : `${title}: ${news.words}`;
    }
    case 'endsSoon': {
      const title = trans.__('%1 has ended', name);
      return news.words === null ? title : `${title}: ${news.words}`;
    }
  }
}

/** Return "blue-otter is idle and ends in 10 min", "blue-otter expires in 10 min: save what matters". */
export function endingWords(
  cluster: ICluster,
  { what, at }: IEnding,
  now: number,
  trans: TranslationBundle
): string {
  const left = formatDuration(secondsUntil(at, now) ?? 0);
  return what === 'idle'
    ? trans.__('%1 is idle and ends in %2', cluster.name, left)
    : trans.__('%1 expires in %2: save what matters', cluster.name, left);
}
