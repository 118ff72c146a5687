/** The whole panel: header, status of the batch system, and a card per cluster. */

import { addIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CommandIDs } from '../clusters/commandids';
import { useReadOnly } from '../ui/changing';
import { useApp } from '../ui/context';
import { useNow, useSignal } from '../ui/hooks';
import { CardList } from './cardlist';
import {
  EmptyState,
  FailedState,
  LeftOut,
  MisconfiguredState,
  MissingState,
  ServerGoneState
} from './emptystate';
import { Notice } from './notice';
import { Orphans } from './orphans';
import { SiteLine } from './siteline';

export function PanelBody(): React.JSX.Element {
  const { manager, commands, trans } = useApp();
  useSignal(manager.changed);
  const now = useNow();
  const usable = manager.connection !== 'missing' && !manager.isMisconfigured;
  const readOnly = useReadOnly();
  return (
    <div className="jp-DaskSlurm" data-testid="dask-slurm-panel">
      <div className="jp-DaskSlurm-header">
        <h2>{trans.__('Dask Clusters')}</h2>
        {commands.hasCommand(CommandIDs.newCluster) && (
          <button
            className="jp-DaskSlurm-button jp-DaskSlurm-primary"
            disabled={!usable || readOnly}
            title={trans.__('Create a Dask cluster')}
            onClick={() => void commands.execute(CommandIDs.newCluster)}
          >
            <addIcon.react tag="span" className="jp-DaskSlurm-buttonIcon" aria-hidden />
            {trans.__('New Cluster')}
          </button>
        )}
      </div>
      <SiteLine site={usable ? manager.site : null} now={now} />
      {readOnly && (
        <p className="jp-DaskSlurm-note" role="status" data-testid="read-only">
          {trans.__('You may look at clusters here. This server does not let you change them.')}
        </p>
      )}
      <div className="jp-DaskSlurm-content">
        {manager.connection === 'missing' && <MissingState />}
        {manager.connection === 'failed' &&
          (manager.isMisconfigured ? (
            <MisconfiguredState />
          ) : manager.isServerGone ? (
            <ServerGoneState />
          ) : (
            <FailedState />
          ))}
        {manager.connection === 'loading' && (
          <p className="jp-DaskSlurm-quiet" role="status">
            {trans.__('Looking for clusters…')}
          </p>
        )}
        {manager.connection === 'ok' && manager.clusters.length === 0 && <EmptyState />}
        {manager.clusters.length > 0 && <CardList clusters={manager.clusters} now={now} />}
        <LeftOut words={manager.site?.left_out ?? []} />
      </div>
      {usable && <Orphans now={now} />}
      {usable && <Notice notice={manager.site?.notice ?? null} />}
    </div>
  );
}
