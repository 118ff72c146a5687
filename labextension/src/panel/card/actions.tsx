/** The buttons of a card; for a cluster that is over or stuck, the next step. */

import type { LabIcon } from '@jupyterlab/ui-components';
import { closeIcon, listIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { plotsIcon } from '../../base/icons';
import { CommandIDs } from '../../clusters/commandids';
import { hasEnded } from '../../clusters/words/problems';
import { Changing } from '../../ui/changing';
import { useApp } from '../../ui/context';
import { useAction } from '../../ui/hooks';
import { usePanelModel } from '../context';
import { ChangeButton } from './changebutton';

export function CardActions({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { commands, trans } = useApp();
  const run = (command: string): void => void commands.execute(command, { id: cluster.id });
  switch (cluster.status) {
    case 'failed':
      return <ActionsOfOver cluster={cluster} />;
    case 'stopping':
      return (
        <div className="jp-DaskSlurm-actions">
          <LogButton cluster={cluster} />
          <span className="jp-DaskSlurm-gap" />
          <ForceStop cluster={cluster} />
        </div>
      );
  }
  return (
    <div className="jp-DaskSlurm-actions">
      {/* A command whose plugin is disabled has no button. */}
      {commands.hasCommand(CommandIDs.insertClient) && (
        <button
          className="jp-DaskSlurm-button jp-DaskSlurm-primary"
          disabled={!cluster.client_code}
          title={
            cluster.client_code
              ? trans.__('Insert a cell that connects to this cluster into the notebook')
              : trans.__('Possible once the cluster runs')
          }
          onClick={() => run(CommandIDs.insertClient)}
        >
          {trans.__('Insert Client')}
        </button>
      )}
      <span className="jp-DaskSlurm-gap" />
      {commands.hasCommand(CommandIDs.openPlot) && <PlotsButton cluster={cluster} />}
      {commands.hasCommand(CommandIDs.openJobs) && (
        <IconButton
          icon={listIcon}
          label={trans.__('Jobs')}
          title={trans.__('Open a table of its jobs')}
          onPress={() => run(CommandIDs.openJobs)}
        />
      )}
      {cluster.status === 'unreachable' ? (
        <ForceStop cluster={cluster} />
      ) : (
        <Changing>
          <IconButton
            icon={stopIcon}
            label={trans.__('Stop')}
            title={trans.__('Stop the cluster and all of its jobs')}
            onPress={() => run(CommandIDs.stop)}
          />
        </Changing>
      )}
    </div>
  );
}

interface IIconButtonProps {
  icon: LabIcon;
  label: string;
  title: string;
  disabled?: boolean;
  popup?: 'dialog';
  onPress: (button: HTMLElement) => void;
}

function IconButton(props: IIconButtonProps): React.JSX.Element {
  const { icon, label, title, disabled, popup, onPress } = props;
  const { trans } = useApp();
  return (
    <button
      className="jp-DaskSlurm-button jp-DaskSlurm-square"
      aria-label={label}
      aria-haspopup={popup}
      disabled={disabled}
      title={trans.__('%1: %2', label, title)}
      onClick={event => onPress(event.currentTarget)}
    >
      <icon.react tag="span" aria-hidden />
    </button>
  );
}

/** The button that opens the chooser of plots. */
function PlotsButton({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { commands, trans } = useApp();
  const shown = !!cluster.dashboard_path;
  return (
    <IconButton
      icon={plotsIcon}
      label={trans.__('Dashboards')}
      disabled={!shown}
      popup="dialog"
      title={
        shown
          ? trans.__('Open plots of the Dask dashboard, or all of it')
          : trans.__('Possible once the cluster runs')
      }
      onPress={button => {
        const { left, top, bottom } = button.getBoundingClientRect();
        const below = { left, top, bottom };
        void commands.execute(CommandIDs.openPlot, { id: cluster.id, below });
      }}
    />
  );
}

function LogButton({ cluster }: { cluster: ICluster }): React.ReactNode {
  const { commands, trans } = useApp();
  return (
    commands.hasCommand(CommandIDs.showLog) && (
      <button
        className="jp-DaskSlurm-button"
        title={trans.__('Show its log in a tab')}
        onClick={() => void commands.execute(CommandIDs.showLog, { id: cluster.id })}
      >
        {trans.__('Log')}
      </button>
    )
  );
}

function ForceStop({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { commands, trans } = useApp();
  return (
    <Changing>
      <button
        className="jp-DaskSlurm-button"
        onClick={() => void commands.execute(CommandIDs.forceStop, { id: cluster.id })}
      >
        {trans.__('Force Stop…')}
      </button>
    </Changing>
  );
}

function DuplicateButton({ cluster }: { cluster: ICluster }): React.ReactNode {
  const { commands, trans } = useApp();
  return (
    commands.hasCommand(CommandIDs.newCluster) && (
      <Changing>
        <button
          className="jp-DaskSlurm-button"
          title={trans.__('Create another cluster, beginning with the options of this one')}
          onClick={() => void commands.execute(CommandIDs.newCluster, { from: cluster.id })}
        >
          {trans.__('Duplicate…')}
        </button>
      </Changing>
    )
  );
}

/** Starts a cluster that is over again, and shows why that failed; or another one like it. */
function ActionsOfOver({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { manager, commands, trans } = useApp();
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
            className={`jp-DaskSlurm-button ${hasEnded(cluster) ? '' : 'jp-DaskSlurm-primary'}`}
            disabled={again.busy}
            aria-busy={again.busy}
            title={trans.__('The same cluster once more: its name, its options, its size')}
            onClick={() => void again.run()}
          >
            {again.busy ? trans.__('Starting…') : trans.__('Start Again')}
          </button>
        </Changing>
        {hasEnded(cluster) ? (
          <DuplicateButton cluster={cluster} />
        ) : (
          <ChangeButton cluster={cluster} />
        )}
        <LogButton cluster={cluster} />
        <span className="jp-DaskSlurm-gap" />
        <Changing>
          <IconButton
            icon={closeIcon}
            label={trans.__('Dismiss')}
            title={trans.__('Remove this card and the logs of the cluster')}
            onPress={() => void commands.execute(CommandIDs.forget, { id: cluster.id })}
          />
        </Changing>
      </div>
    </>
  );
}
