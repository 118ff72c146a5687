/** What is shown without cards: no cluster yet, no server extension, no answer, somebody else's files. */

import * as React from 'react';

import { clusterIcon } from '../base/icons';
import { CommandIDs } from '../clusters/commandids';
import { Changing } from '../ui/changing';
import { useApp } from '../ui/context';
import { EmbeddedNote } from '../ui/embeddednote';

/** Explains what a cluster is. */
export function EmptyState(): React.JSX.Element {
  const { manager, commands, trans } = useApp();
  return (
    <div className="jp-DaskSlurm-empty" data-testid="empty-state">
      <clusterIcon.react tag="div" className="jp-DaskSlurm-emptyIcon" aria-hidden />
      <h3>{trans.__('No cluster yet')}</h3>
      <p>
        {trans.__(
          'A cluster is a Dask scheduler that is yours alone, with workers that run as batch jobs.'
        )}
      </p>
      <p>{trans.__('Describe one job; the slider sets how many run.')}</p>
      {commands.hasCommand(CommandIDs.newCluster) && (
        <Changing>
          <button
            className="jp-DaskSlurm-button"
            onClick={() => void commands.execute(CommandIDs.newCluster)}
          >
            {trans.__('Create a Cluster…')}
          </button>
        </Changing>
      )}
      <EmbeddedNote site={manager.site} trans={trans} />
    </div>
  );
}

const INSTALL =
  'pip install jupyter-dask-slurm\njupyter server extension enable jupyter_dask_slurm';

/** The server does not have our server extension. */
export function MissingState(): React.JSX.Element {
  const { trans } = useApp();
  return (
    <div className="jp-DaskSlurm-note jp-mod-error" role="alert" data-testid="extension-missing">
      <p>
        <strong>{trans.__('The server extension is missing.')}</strong>
      </p>
      <p>
        {trans.__(
          'This panel is installed, but the Jupyter server does not run its other half. Install it where the server runs, or enable it, and restart the server:'
        )}
      </p>
      <pre>{INSTALL}</pre>
    </div>
  );
}

/** The request failed. */
export function FailedState(): React.JSX.Element {
  const { trans } = useApp();
  return (
    <NoList testId="connection-failed">
      <strong>{trans.__('The list of clusters could not be read.')}</strong>
    </NoList>
  );
}

/** What the administrator has set cannot be used: the server does nothing. */
export function MisconfiguredState(): React.JSX.Element {
  const { trans } = useApp();
  const ask = trans.__(
    'Running clusters go on. Until the settings are fixed and the server is restarted, no cluster can be shown, changed or created here.'
  );
  return (
    <NoList testId="misconfigured" more={<p>{ask}</p>}>
      <strong>{trans.__('The administrator’s settings are broken.')}</strong>
    </NoList>
  );
}

/** There is no server to ask. */
export function ServerGoneState(): React.JSX.Element {
  const { trans } = useApp();
  const sent = trans.__(
    'A size that you set now is sent when it is back. Anything else has to be asked for again.'
  );
  return (
    <NoList testId="server-gone" more={<p>{sent}</p>}>
      <strong>{trans.__('The Jupyter server does not answer.')}</strong>{' '}
      {trans.__('Clusters keep running.')}
    </NoList>
  );
}

interface INoListProps {
  testId: string;
  /** What happened. */
  children: React.ReactNode;
  /** What else there is to say of it. */
  more?: React.ReactNode;
}

/** Why there is no new list. The cards that are known stay below. */
function NoList({ testId, children, more }: INoListProps): React.JSX.Element {
  const { manager, commands, trans } = useApp();
  return (
    <div className="jp-DaskSlurm-note jp-mod-error" role="alert" data-testid={testId}>
      <p>
        {children}
        {manager.clusters.length > 0 && <> {trans.__('Below is the last known state.')}</>}
      </p>
      {more}
      <pre>{manager.message}</pre>
      <button
        className="jp-DaskSlurm-button"
        onClick={() => void commands.execute(CommandIDs.refresh)}
      >
        {trans.__('Try Again')}
      </button>
    </div>
  );
}

/** What lies among the clusters' files, and is not listed because it is somebody else's. */
export function LeftOut({ words }: { words: readonly string[] }): React.JSX.Element | null {
  const { trans } = useApp();
  if (words.length === 0) {
    return null;
  }
  return (
    <div className="jp-DaskSlurm-note" role="status" data-testid="left-out">
      <p>{trans.__('Not listed, because it could be somebody else’s:')}</p>
      <pre>{words.join('\n')}</pre>
    </div>
  );
}
