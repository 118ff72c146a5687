/** The buttons of a card; for a failed or stuck cluster, the next step. */

import { caretDownEmptyIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { CommandIDs } from '../../clusters/commandids';
import { Changing } from '../../ui/changing';
import { useApp } from '../../ui/context';
import { useAction } from '../../ui/hooks';
import { usePanelModel } from '../context';

export function CardActions({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { commands, trans } = useApp();
  // A command whose plugin is disabled has no button.
  const button = (
    label: string,
    command: string,
    { className, disabled, title, args }: IButtonOptions = {}
  ): React.ReactNode =>
    commands.hasCommand(command) && (
      <button
        className={`jp-DaskSlurm-button ${className ?? ''}`}
        disabled={disabled ?? false}
        title={title}
        onClick={() => void commands.execute(command, args ?? { id: cluster.id })}
      >
        {label}
      </button>
    );
  const gap = <span className="jp-DaskSlurm-gap" />;
  if (cluster.status === 'failed') {
    return (
      <StartAgain cluster={cluster}>
        <Changing>
          {button(trans.__('Change …'), CommandIDs.newCluster, {
            title: trans.__('Create another one, beginning with the options of this one'),
            args: { from: cluster.id }
          })}
        </Changing>
        {button(trans.__('Log'), CommandIDs.showLog, { title: trans.__('Show its log in a tab') })}
        {gap}
        <Changing>
          {button(trans.__('Dismiss'), CommandIDs.forget, {
            title: trans.__('Remove this card and the logs of the cluster')
          })}
        </Changing>
      </StartAgain>
    );
  }
  if (cluster.status === 'stopping') {
    return (
      <div className="jp-DaskSlurm-actions">
        {button(trans.__('Log'), CommandIDs.showLog, { title: trans.__('Show its log in a tab') })}
        {gap}
        <Changing>{button(trans.__('Force stop …'), CommandIDs.forceStop)}</Changing>
      </div>
    );
  }
  const later = trans.__('Possible once the cluster runs');
  return (
    <div className="jp-DaskSlurm-actions">
      {button(trans.__('Insert client'), CommandIDs.insertClient, {
        className: 'jp-DaskSlurm-primary',
        disabled: !cluster.client_code,
        title: cluster.client_code
          ? trans.__('Put a cell that connects to this cluster into the notebook')
          : later
      })}
      {commands.hasCommand(CommandIDs.openPlot) && <DashboardsButton cluster={cluster} />}
      {button(trans.__('Jobs'), CommandIDs.openJobs, {
        title: trans.__('Open a table of its jobs in a tab')
      })}
      {gap}
      <Changing>
        {cluster.status === 'unreachable'
          ? button(trans.__('Force stop …'), CommandIDs.forceStop)
          : button(trans.__('Stop'), CommandIDs.stop, {
              title: trans.__('End the cluster and all of its jobs')
            })}
      </Changing>
    </div>
  );
}

/** The button that opens the chooser of plots. */
function DashboardsButton({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { commands, trans } = useApp();
  const shown = !!cluster.dashboard_path;
  return (
    <button
      className="jp-DaskSlurm-button jp-DaskSlurm-dashboardsButton"
      disabled={!shown}
      aria-haspopup="dialog"
      title={
        shown
          ? trans.__('Open plots of the Dask dashboard, or all of it')
          : trans.__('Possible once the cluster runs')
      }
      onClick={({ currentTarget }) => {
        const { left, top, bottom } = currentTarget.getBoundingClientRect();
        const below = { left, top, bottom };
        void commands.execute(CommandIDs.openPlot, { id: cluster.id, below });
      }}
    >
      {trans.__('Dashboards')}
      <caretDownEmptyIcon.react tag="span" aria-hidden />
    </button>
  );
}

interface IStartAgainProps {
  cluster: ICluster;
  /** The other buttons of the row. */
  children: React.ReactNode;
}

/** Starts an ended cluster again, and shows why that failed. */
function StartAgain({ cluster, children }: IStartAgainProps): React.JSX.Element {
  const { manager, trans } = useApp();
  const model = usePanelModel();
  const again = useAction(async () => {
    const started = await manager.startAgain(cluster.id);
    model.revealing = started.id;
  });
  return (
    <>
      {again.error !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert" data-testid="start-again-error">
          {again.error}
        </div>
      )}
      <div className="jp-DaskSlurm-actions">
        <Changing>
          <button
            className="jp-DaskSlurm-button jp-DaskSlurm-primary"
            disabled={again.busy}
            aria-busy={again.busy}
            title={trans.__('The same cluster once more: its name, its options, its size')}
            onClick={() => void again.run()}
          >
            {again.busy ? trans.__('Starting …') : trans.__('Start again')}
          </button>
        </Changing>
        {children}
      </div>
    </>
  );
}

interface IButtonOptions {
  className?: string;
  disabled?: boolean;
  title?: string;
  /** Those of the command, if they are others than the id of the cluster. */
  args?: ReadonlyPartialJSONObject;
}
