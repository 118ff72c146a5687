/** "Ended (3) · Clear": the clusters that have ended as planned, folded. */

import { caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ICluster } from '../api/restapi';
import { formatNumber } from '../clusters/words/format';
import { Changing } from '../ui/changing';
import { useApp } from '../ui/context';
import { useAction, useSignal } from '../ui/hooks';
import { usePanelModel } from './context';

interface IEndedClustersProps {
  clusters: readonly ICluster[];
  /** Whether they are shown unless the user folds them: there is nothing else. */
  isOpenAtFirst: boolean;
  card: (cluster: ICluster) => React.ReactNode;
}

export function EndedClusters(props: IEndedClustersProps): React.JSX.Element | null {
  const { clusters, isOpenAtFirst, card } = props;
  const { manager, trans } = useApp();
  const model = usePanelModel();
  useSignal(model.changed);
  const [chosen, setChosen] = React.useState<boolean | null>(null);
  const listId = React.useId();
  const clear = useAction(() => Promise.all(clusters.map(({ id }) => manager.stop(id))));
  const isRevealed = clusters.some(({ id }) => id === model.revealing);
  React.useEffect(() => {
    if (isRevealed) {
      setChosen(true);
    }
  }, [isRevealed]);
  if (clusters.length === 0) {
    return null;
  }
  const isOpen = chosen ?? isOpenAtFirst;
  return (
    <section className="jp-DaskSlurm-endedClusters" data-testid="ended-clusters">
      <div className="jp-DaskSlurm-endedHeader">
        <button
          className="jp-DaskSlurm-fold"
          aria-expanded={isOpen}
          aria-controls={isOpen ? listId : undefined}
          onClick={() => setChosen(!isOpen)}
        >
          <caretRightIcon.react tag="span" className="jp-DaskSlurm-caret" aria-hidden />
          {trans.__('Ended (%1)', formatNumber(clusters.length))}
        </button>
        <Changing>
          <button
            className="jp-DaskSlurm-fold"
            disabled={clear.busy}
            title={trans.__('Remove the clusters that have ended, and their logs')}
            onClick={() => void clear.run()}
          >
            {trans.__('Clear')}
          </button>
        </Changing>
      </div>
      {clear.error !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert">
          {clear.error}
        </div>
      )}
      {isOpen && (
        <ul
          id={listId}
          className="jp-DaskSlurm-cards"
          aria-label={trans.__('Clusters that have ended')}
        >
          {clusters.map(card)}
        </ul>
      )}
    </section>
  );
}
