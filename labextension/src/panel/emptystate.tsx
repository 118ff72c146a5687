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
      <p>{trans.__('Say what one job is; the slider decides how many of them run.')}</p>
      <Changing>
        <button
          className="jp-DaskSlurm-button"
          onClick={() => void commands.execute(CommandIDs.newCluster)}
        >
          {trans.__('Create the first one …')}
        </button>
      </Changing>
      <EmbeddedNote site={manager.site} trans={trans} />
    </div>
  );
}

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
      <pre>
        pip install jupyter-dask-slurm{'\n'}jupyter server extension enable jupyter_dask_slurm
      </pre>
    </div>
  );
}

/** The request failed. The cards that are known stay below. */
export function FailedState(): React.JSX.Element {
  const { manager, commands, trans } = useApp();
  return (
    <div className="jp-DaskSlurm-note jp-mod-error" role="alert" data-testid="connection-failed">
      <p>
        <strong>{trans.__('The list of clusters could not be read.')}</strong>
        {manager.clusters.length > 0 && ` ${trans.__('Below is what was known last.')}`}
      </p>
      <pre>{manager.message}</pre>
      <button
        className="jp-DaskSlurm-button"
        onClick={() => void commands.execute(CommandIDs.refresh)}
      >
        {trans.__('Try again')}
      </button>
    </div>
  );
}

/** There is no server to ask. The cards that are known stay below. */
export function ServerGoneState(): React.JSX.Element {
  const { manager, commands, trans } = useApp();
  return (
    <div className="jp-DaskSlurm-note jp-mod-error" role="alert" data-testid="server-gone">
      <p>
        <strong>{trans.__('The Jupyter server does not answer.')}</strong>{' '}
        {trans.__('Clusters go on without it.')}
        {manager.clusters.length > 0 && ` ${trans.__('Below is what was known last.')}`}
      </p>
      <p>
        {trans.__(
          'A size that you set now is sent when it is back. Nothing else is: ask for it again then.'
        )}
      </p>
      <pre>{manager.message}</pre>
      <button
        className="jp-DaskSlurm-button"
        onClick={() => void commands.execute(CommandIDs.refresh)}
      >
        {trans.__('Try again')}
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
