/** The partition: cards with idle cores, a table if there are many, a text if none is known. */

import * as React from 'react';

import type { IPartition } from '../../api/restapi';
import { partitionChoices, partitionFacts } from '../model/partitions';
import { isOpen, partitionOf } from '../model/site';
import type { IFormProps } from './formfield';
import { FormField, useField } from './formfield';
import { PartitionTable } from './partitiontable';

/** More partitions than this are shown as a table to search in. */
const MOST_CARDS = 6;

export function PartitionField({ model, trans }: IFormProps): React.JSX.Element {
  const partitions = model.site?.partitions ?? [];
  const partition = partitionOf(model.site, model.values.partition);
  if (partitions.length === 0) {
    return <FormField model={model} trans={trans} field="partition" wide />;
  }
  if (partitions.length > MOST_CARDS) {
    const hint = partition === null ? undefined : partitionFacts(partition, trans).join(' · ');
    return (
      <FormField model={model} trans={trans} field="partition" hint={hint} wide>
        <PartitionTable model={model} trans={trans} />
      </FormField>
    );
  }
  return (
    <FormField model={model} trans={trans} field="partition" wide group>
      <PartitionCards model={model} trans={trans} />
    </FormField>
  );
}

function PartitionCards({ model, trans }: IFormProps): React.JSX.Element {
  const { id, onFocus, onBlur, ...attributes } = useField();
  const { choices, chosen } = partitionChoices(model, trans);
  return (
    <div
      {...attributes}
      className="jp-DaskSlurm-partitions"
      role="radiogroup"
      aria-labelledby={`${id}-label`}
      onFocus={onFocus}
      onBlur={onBlur}
    >
      {choices.map(({ value, word, facts, partition }) => (
        <label
          key={value}
          className="jp-DaskSlurm-partition"
          data-testid={`partition-${value}`}
          data-checked={value === chosen || undefined}
          data-down={
            (partition !== null && !(partition.available && isOpen(partition))) || undefined
          }
        >
          <input
            type="radio"
            name={id}
            value={value}
            checked={value === chosen}
            onChange={() => model.set('partition', value)}
          />
          <span className="jp-DaskSlurm-partitionName">
            <strong>{word}</strong>
            {partition?.default && <span className="jp-DaskSlurm-tag">{trans.__('default')}</span>}
          </span>
          {partition !== null && <IdleBar partition={partition} />}
          {facts.map(fact => (
            <span key={fact} className="jp-DaskSlurm-partitionFact">
              {fact}
            </span>
          ))}
        </label>
      ))}
    </div>
  );
}

/** The idle share of a partition; a fact beside it says the same. */
function IdleBar({ partition }: { partition: IPartition }): React.JSX.Element | null {
  const { idle_cores, total_cores } = partition;
  if (idle_cores === null || !total_cores) {
    return null;
  }
  return (
    <span className="jp-DaskSlurm-idle" aria-hidden>
      <span style={{ width: `${(100 * idle_cores) / total_cores}%` }} />
    </span>
  );
}
