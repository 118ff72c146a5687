/** The button of a card that offers the dashboards of its cluster. */

import { caretDownEmptyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { CommandIDs } from '../../clusters/commandids';
import { useApp } from '../../ui/context';

export function DashboardsButton({ cluster }: { cluster: ICluster }): React.JSX.Element {
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
