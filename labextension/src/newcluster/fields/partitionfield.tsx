/** The partition: cards with idle cores, a list if there are many, a text if none is known. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IPartition } from '../../api/restapi';
import { formatDuration, formatNumber } from '../../clusters/words/format';
import type { NewClusterModel } from '../model/model';
import { AUTOMATIC, isOpen, meaningOfEmpty, offersAutomatic, partitionOf } from '../model/site';
import type { IFormProps } from './formfield';
import { FormField, useField } from './formfield';

/** More partitions than this are shown as a list. */
const MOST_CARDS = 6;

/** Of more partitions than these only the first few are named. */
const MOST_NAMES = 8;
const FEW_NAMES = 3;

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
        <PartitionList model={model} trans={trans} />
      </FormField>
    );
  }
  return (
    <FormField model={model} trans={trans} field="partition" wide group>
      <PartitionCards model={model} trans={trans} />
    </FormField>
  );
}

interface IPartitionChoice {
  value: string;
  word: string;
  /** Facts that help to choose. */
  facts: string[];
  partition: IPartition | null;
}

/** Return all choices, including the current value if it is none of the partitions. */
function partitionChoices({ model, trans }: IFormProps): {
  choices: IPartitionChoice[];
  chosen: string;
} {
  const { site } = model;
  const partitions = site?.partitions ?? [];
  const choices: IPartitionChoice[] = partitions.map(partition => ({
    value: partition.name,
    word: partition.name,
    facts: partitionFacts(partition, trans),
    partition
  }));
  if (offersAutomatic(site)) {
    const facts = [trans.__('the first that fits'), ...automaticFacts(model, trans)];
    choices.unshift({ value: AUTOMATIC, word: trans.__('automatic'), facts, partition: null });
  }
  // An empty field is the site's default: select that, if it is known.
  const value = model.values.partition;
  const chosen = value || meaningOfEmpty(site, 'partition') || partitionOf(site, '')?.name || '';
  if (!choices.some(choice => choice.value === chosen)) {
    const facts = [value === '' ? trans.__('as Slurm chooses') : trans.__('as configured')];
    choices.push({
      value: chosen,
      word: chosen || trans.__('none chosen'),
      facts,
      partition: null
    });
  }
  const from = site?.exported?.partition;
  if (from !== undefined) {
    choices
      .find(choice => choice.value === from.value)
      ?.facts.push(trans.__('from %1', from.variable));
  }
  return { choices, chosen };
}

/** Return the partition that the server chose for "automatic". */
function automaticFacts(model: NewClusterModel, trans: TranslationBundle): string[] {
  const found = model.script?.options?.partition;
  return model.values.partition === AUTOMATIC && found && found !== AUTOMATIC && !model.isStale
    ? [trans.__('now: %1', someOf(found.split(','), trans))]
    : [];
}

/** Return all names, or the first few and how many more there are. */
function someOf(names: readonly string[], trans: TranslationBundle): string {
  return names.length <= MOST_NAMES
    ? names.join(', ')
    : trans.__('%1 and %2 more', names.slice(0, FEW_NAMES).join(', '), names.length - FEW_NAMES);
}

function PartitionCards({ model, trans }: IFormProps): React.JSX.Element {
  const { id, onFocus, onBlur, ...attributes } = useField();
  const { choices, chosen } = partitionChoices({ model, trans });
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

function PartitionList({ model, trans }: IFormProps): React.JSX.Element {
  const attributes = useField();
  const { choices, chosen } = partitionChoices({ model, trans });
  return (
    <HTMLSelect
      {...attributes}
      className="jp-DaskSlurm-select"
      value={chosen}
      onChange={event => model.set('partition', event.target.value)}
    >
      {choices.map(({ value, word, facts }) => (
        <option key={value} value={value}>
          {[word, ...facts].join(' · ')}
        </option>
      ))}
    </HTMLSelect>
  );
}

/** "41 of 64 cores idle", "2 of 4 a100 idle", "up to 30 min", "default 5 min". */
function partitionFacts(partition: IPartition, trans: TranslationBundle): string[] {
  const { idle_cores, total_cores, max_walltime, default_walltime } = partition;
  const facts: string[] = [];
  const closed = partition.refuses ?? partition.may_refuse;
  if (closed) {
    facts.push(closed);
  } else if (!partition.available) {
    facts.push(trans.__('down: starts no jobs now'));
  } else if (idle_cores !== null && total_cores) {
    facts.push(
      trans.__('%1 of %2 cores idle', formatNumber(idle_cores), formatNumber(total_cores))
    );
  }
  for (const { type, total, idle } of partition.gpus ?? []) {
    const word = type ?? trans._n('GPU', 'GPUs', total);
    facts.push(
      idle === null || !partition.available
        ? `${formatNumber(total)} ${word}`
        : trans.__('%1 of %2 %3 idle', formatNumber(idle), formatNumber(total), word)
    );
  }
  if (partition.whole_nodes) {
    facts.push(trans.__('whole nodes'));
  }
  if (max_walltime) {
    facts.push(trans.__('up to %1', formatDuration(max_walltime)));
  }
  if (default_walltime && default_walltime !== max_walltime) {
    facts.push(trans.__('default %1', formatDuration(default_walltime)));
  }
  return facts;
}
