/** The button that opens the form with the values of a cluster, to create it anew with others. */

import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { CommandIDs } from '../../clusters/commandids';
import { Changing } from '../../ui/changing';
import { useApp } from '../../ui/context';

interface IChangeButtonProps {
  cluster: ICluster;
  /** Begin with the size that is advised. */
  advised?: boolean;
  className?: string;
}

export function ChangeButton(props: IChangeButtonProps): React.ReactNode {
  const { cluster, advised = false, className = 'jp-DaskSlurm-button' } = props;
  const { commands, trans } = useApp();
  const args = { id: cluster.id, advised };
  // A command whose plugin is disabled has no button.
  return (
    commands.hasCommand(CommandIDs.change) && (
      <Changing>
        <button
          className={className}
          title={trans.__('Create it anew with other options, beginning with the ones it has')}
          onClick={() => void commands.execute(CommandIDs.change, args)}
        >
          {trans.__('Change…')}
        </button>
      </Changing>
    )
  );
}
