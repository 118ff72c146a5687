/** One line that says how the batch system is, and the button to look again. */

import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CommandIDs } from './commandids';
import { usePanel } from './context';
import { formatDuration, secondsUntil, siteLine } from './format';
import type { IProblem, ISite } from './restapi';

/** `site` is null while it is not known. */
export function SiteLine({ site, now }: { site: ISite | null; now: number }): React.JSX.Element {
  const { commands, trans } = usePanel();
  const problem = site?.problem ?? null;
  const line = site === null ? '' : siteLine(site, trans);
  return (
    <div
      className={`jp-DaskSlurm-site ${problem !== null ? 'jp-mod-error' : ''}`}
      data-testid="site-line"
    >
      <span
        className="jp-DaskSlurm-dot"
        data-status={problem !== null ? 'failed' : site !== null ? 'running' : undefined}
        aria-hidden
      />
      <div className="jp-DaskSlurm-siteText" role="status">
        {problem !== null ? (
          <SiteProblem problem={problem} now={now} />
        ) : (
          <div
            className="jp-DaskSlurm-siteLine"
            title={site?.version ? `${line} · ${site.version}` : line}
          >
            {line}
          </div>
        )}
      </div>
      <button
        className="jp-DaskSlurm-iconButton"
        aria-label={trans.__('Refresh')}
        title={trans.__('Refresh')}
        onClick={() => void commands.execute(CommandIDs.refresh)}
      >
        <refreshIcon.react tag="span" aria-hidden />
      </button>
    </div>
  );
}

/** The batch system does not answer: its words. What to do is said where it matters, in the form. */
function SiteProblem({ problem, now }: { problem: IProblem; now: number }): React.JSX.Element {
  const { trans } = usePanel();
  const since = secondsUntil(problem.since, now);
  return (
    <div title={problem.advice ?? undefined}>
      <div className="jp-DaskSlurm-words">{problem.message}</div>
      {since !== null && (
        <div className="jp-DaskSlurm-quiet">
          {trans.__('For %1. What runs goes on.', formatDuration(-since))}
        </div>
      )}
    </div>
  );
}
