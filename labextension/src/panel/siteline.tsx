/** One line with the status of the batch system and of the clusters' files, and the refresh button. */

import { checkIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IProblem, ISite } from '../api/restapi';
import { CommandIDs } from '../clusters/commandids';
import { formatAge } from '../clusters/words/format';
import { isSlow, siteLine } from '../clusters/words/status';
import { Changing } from '../ui/changing';
import { useApp } from '../ui/context';

/** `site` is null while it is not known. */
export function SiteLine({ site, now }: { site: ISite | null; now: number }): React.JSX.Element {
  const { commands, trans } = useApp();
  const silent = site?.registry ?? null;
  const problem = silent ?? site?.problem ?? null;
  const slow = silent === null && isSlow(site);
  const line = site === null ? '' : siteLine(site, trans);
  return (
    <div
      className={`jp-DaskSlurm-site ${problem !== null && !slow ? 'jp-mod-error' : ''}`}
      data-testid="site-line"
    >
      <span
        className="jp-DaskSlurm-dot"
        data-status={slow ? 'starting' : problem !== null ? 'failed' : site ? 'running' : undefined}
        aria-hidden
      />
      <div className="jp-DaskSlurm-siteText" title={problem?.advice ?? undefined}>
        <div role="status">
          {problem !== null ? (
            <div className="jp-DaskSlurm-words">{problem.message}</div>
          ) : (
            <div
              className="jp-DaskSlurm-siteLine"
              title={site?.version ? trans.__('%1 · %2', line, site.version) : line}
            >
              {line}
            </div>
          )}
        </div>
        {problem !== null && !slow && <Meanwhile problem={problem} now={now} />}
      </div>
      <Changing>
        <button
          className="jp-DaskSlurm-iconButton"
          aria-label={trans.__('Check This Site')}
          title={trans.__('Check This Site')}
          onClick={() => void commands.execute(CommandIDs.checkSite)}
        >
          <checkIcon.react tag="span" aria-hidden />
        </button>
      </Changing>
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

/**
 * Since when the batch system, or the file system, does not answer. Outside of the status element, because it changes with
 * the clock and would be announced each time. The form has the advice.
 */
function Meanwhile({ problem, now }: { problem: IProblem; now: number }): React.JSX.Element {
  const { trans } = useApp();
  const age = formatAge(problem.since, now, trans);
  return (
    <div className="jp-DaskSlurm-quiet">
      {age === null ? trans.__('What runs goes on.') : trans.__('For %1. What runs goes on.', age)}
    </div>
  );
}
