/** The cards: those with a problem first, then those that live, and what has ended folded at the foot. */

import * as React from 'react';

import type { ICluster } from '../api/restapi';
import { useApp } from '../ui/context';
import { useSignal } from '../ui/hooks';
import { ClusterCard } from './card/card';
import { usePanelModel } from './context';
import { EndedClusters } from './endedclusters';
import { FILTER_FROM, fitsFilter, HeldGroups } from './order';

interface ICardListProps {
  clusters: readonly ICluster[];
  /** Milliseconds since the epoch. */
  now: number;
}

export function CardList({ clusters, now }: ICardListProps): React.JSX.Element {
  const { manager, trans } = useApp();
  const model = usePanelModel();
  useSignal(model.openCards.changed);
  const [filter, setFilter] = React.useState('');
  const [groups] = React.useState(() => new HeldGroups());
  const [, arrangeAnew] = React.useReducer((count: number) => count + 1, 0);
  const isFiltered = filter.trim() !== '' && clusters.length >= FILTER_FROM;
  const shown = isFiltered
    ? clusters.filter(cluster => fitsFilter(cluster, filter.trim(), trans))
    : clusters;
  const { trouble, live, ended } = groups.arrange(shown);
  const hold = (): void => {
    groups.isHeld = true;
  };
  const letGo = (list: HTMLElement): void => {
    const isUsed = list.matches(':hover') || list.contains(document.activeElement);
    if (!isUsed && groups.isHeld) {
      groups.isHeld = false;
      arrangeAnew();
    }
  };
  const card = (cluster: ICluster): React.ReactNode => (
    <ClusterCard
      key={cluster.id}
      cluster={cluster}
      problems={manager.problemsOf(cluster)}
      site={manager.site?.batch_system ?? null}
      isOpen={model.openCards.isOpen(cluster.id)}
      now={now}
    />
  );
  return (
    <>
      {clusters.length >= FILTER_FROM && (
        <div className="jp-DaskSlurm-filter">
          <input
            type="search"
            className="jp-DaskSlurm-field"
            aria-label={trans.__('Filter clusters by name or state')}
            placeholder={trans.__('Filter by name or state')}
            value={filter}
            onChange={event => setFilter(event.target.value)}
            onKeyDown={event => {
              if (event.key === 'Escape') {
                setFilter('');
              }
            }}
          />
        </div>
      )}
      {isFiltered && shown.length === 0 && (
        <p className="jp-DaskSlurm-quiet" role="status">
          {trans.__('No matching clusters')}
        </p>
      )}
      <div
        onPointerEnter={hold}
        onFocus={hold}
        onPointerLeave={event => letGo(event.currentTarget)}
        onBlur={({ currentTarget }) => {
          // The focus is nowhere yet.
          requestAnimationFrame(() => letGo(currentTarget));
        }}
      >
        {trouble.length + live.length > 0 && (
          <ul className="jp-DaskSlurm-cards" aria-label={trans.__('Dask Clusters')}>
            {[...trouble, ...live].map(card)}
          </ul>
        )}
        <EndedClusters
          clusters={ended}
          isOpenAtFirst={isFiltered || trouble.length + live.length === 0}
          card={card}
        />
      </div>
    </>
  );
}
