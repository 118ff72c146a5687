/** The texts of notifications. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';
import { formatDuration, formatNumber, secondsUntil, workersText } from '../clusters/words/format';
import { statusWord } from '../clusters/words/problems';
import type { IEnding, News } from './news';

/** Return "blue-otter is ready (2 of 4 workers)", "blue-otter failed: out of quota". */
export function newsWords(cluster: ICluster, news: News, trans: TranslationBundle): string {
  const { name, workers } = cluster;
  switch (news.kind) {
    case 'workersReady':
      return workers.connected < workers.expected
        ? trans._n(
            '%2 is ready (%3 of %1 worker)',
            '%2 is ready (%3 of %1 workers)',
            workers.expected,
            name,
            formatNumber(workers.connected)
          )
        : trans.__('%1 is ready (%2)', name, workersText(workers.connected, trans));
    case 'failed': {
      const title =
        news.what === 'cluster'
          ? trans.__('%1 failed', name)
          : trans.__('%1: %2', name, statusWord(cluster, trans));
      return news.words === null ? title : trans.__('%1: %2', title, news.words);
    }
    case 'endsSoon': {
      const title = trans.__('%1 has ended', name);
      return news.words === null ? title : trans.__('%1: %2', title, news.words);
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
  const left = formatDuration(secondsUntil(at, now) ?? 0, trans);
  return what === 'idle'
    ? trans.__('%1 is idle and ends in %2', cluster.name, left)
    : trans.__('%1 expires in %2: save what matters', cluster.name, left);
}
