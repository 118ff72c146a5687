/** One line that says how the batch system is. */

import * as React from 'react';

import { usePanel } from './context';
import { formatDuration, secondsUntil, siteLine } from './format';
import type { ISite } from './restapi';

export function SiteLine({ site, now }: { site: ISite; now: number }): React.JSX.Element {
  const { trans } = usePanel();
  const problem = site.problem ?? null;
  const line = siteLine(site, trans);
  if (problem === null) {
    const title = site.version ? `${line} · ${site.version}` : line;
    return (
      <div className="jp-DaskSlurm-site" data-testid="site-line" role="status" title={title}>
        <span className="jp-DaskSlurm-dot" data-status="running" aria-hidden />
        <span className="jp-DaskSlurm-siteText">{line}</span>
      </div>
    );
  }
  const since = secondsUntil(problem.since, now);
  return (
    <div className="jp-DaskSlurm-site jp-mod-error" data-testid="site-line" role="status">
      <span className="jp-DaskSlurm-dot" data-status="failed" aria-hidden />
      <div>
        <div className="jp-DaskSlurm-words">{problem.message}</div>
        <div className="jp-DaskSlurm-quiet">
          {problem.advice}
          {since !== null && ` ${trans.__('(since %1)', formatDuration(-since))}`}
        </div>
      </div>
    </div>
  );
}
