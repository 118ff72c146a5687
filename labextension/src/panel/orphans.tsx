/** A line at the end of the panel: jobs that belong to no living cluster. */

import * as React from 'react';

import type { IOrphan } from '../api/restapi';
import { CommandIDs } from '../clusters/commandids';
import { formatClock, formatNumber, jobsText } from '../clusters/words/format';
import { Changing } from '../ui/changing';
import { useApp } from '../ui/context';
import { useSignal } from '../ui/hooks';
import { usePanelModel } from './context';

export function Orphans({ now }: { now: number }): React.JSX.Element | null {
  const { commands, trans } = useApp();
  const model = usePanelModel();
  const { orphans } = model;
  useSignal(orphans.changed);
  const [open, setOpen] = React.useState(false);
  const listId = React.useId();
  const { jobs, list, unanswered, error, isBusy } = orphans;
  if (jobs === 0) {
    return null;
  }
  const toggle = (): void => {
    setOpen(!open);
    if (!open) {
      void orphans.refresh(); // What is shown on request should be current.
    }
  };
  const cancel = (id: string | null): void =>
    void commands.execute(CommandIDs.cancelOrphans, id === null ? {} : { id });
  return (
    <section
      className="jp-DaskSlurm-orphans"
      aria-label={trans.__('Leftover jobs')}
      data-testid="orphans"
    >
      <div className="jp-DaskSlurm-orphansLine">
        <span role="status">
          {trans._n('%2 leftover job', '%2 leftover jobs', jobs, formatNumber(jobs))}
        </span>
        <button
          className="jp-DaskSlurm-link"
          aria-expanded={open}
          aria-controls={open ? listId : undefined}
          onClick={toggle}
        >
          {open ? trans.__('Hide') : trans.__('Show')}
        </button>
      </div>
      {open && (
        <ul id={listId}>
          {list.map(orphan => (
            <li key={orphan.cluster_id} data-testid="orphan">
              <OrphanWords orphan={orphan} now={now} />
              <Changing>
                <button
                  className="jp-DaskSlurm-button"
                  disabled={isBusy}
                  aria-label={trans.__('Cancel the jobs of %1', orphan.name)}
                  onClick={() => cancel(orphan.cluster_id)}
                >
                  {trans.__('Cancel…')}
                </button>
              </Changing>
            </li>
          ))}
        </ul>
      )}
      {open && unanswered.length > 0 && (
        <div className="jp-DaskSlurm-quiet" data-testid="orphans-unanswered">
          {trans.__('There may be more: %1', unanswered.join(' '))}
        </div>
      )}
      {open && list.length > 1 && (
        <Changing>
          <button className="jp-DaskSlurm-button" disabled={isBusy} onClick={() => cancel(null)}>
            {trans.__('Cancel All…')}
          </button>
        </Changing>
      )}
      {error !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert">
          {error}
        </div>
      )}
    </section>
  );
}

function OrphanWords({ orphan, now }: { orphan: IOrphan; now: number }): React.JSX.Element {
  const { trans } = useApp();
  const facts = [
    jobsText(orphan.jobs, trans),
    orphan.running > 0 ? trans.__('%1 running', formatNumber(orphan.running)) : '',
    orphan.since ? trans.__('since %1', formatClock(orphan.since, now)) : ''
  ].filter(fact => fact !== '');
  return (
    <span className="jp-DaskSlurm-orphan" title={orphan.cluster_id}>
      <b>{orphan.name}</b> <span className="jp-DaskSlurm-quiet">{facts.join(' · ')}</span>
    </span>
  );
}
