/** The partitions to choose from, and what helps to choose. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IPartition } from '../../api/restapi';
import { formatDuration, formatList, formatNumber } from '../../clusters/words/format';
import type { NewClusterModel } from './model';
import { AUTOMATIC, meaningOfEmpty, offersAutomatic, partitionOf } from './site';

/** Of more partitions than these only the first few are named. */
const MOST_NAMES = 8;
const FEW_NAMES = 3;

export interface IPartitionChoice {
  value: string;
  word: string;
  /** Facts that help to choose. */
  facts: string[];
  partition: IPartition | null;
}

/** Return all choices, including the current value if it is none of the partitions. */
export function partitionChoices(
  model: NewClusterModel,
  trans: TranslationBundle
): { choices: IPartitionChoice[]; chosen: string } {
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
  if (names.length <= MOST_NAMES) {
    return formatList(names);
  }
  const more = trans.__('%1 more', formatNumber(names.length - FEW_NAMES));
  return formatList([...names.slice(0, FEW_NAMES), more], 'long');
}

/** "41 of 64 cores idle", "2 of 4 a100 idle", "up to 30 min", "default 5 min". */
export function partitionFacts(partition: IPartition, trans: TranslationBundle): string[] {
  const { idle_cores, total_cores, max_walltime, default_walltime } = partition;
  const facts: string[] = [];
  const closed = partition.refuses ?? partition.may_refuse;
  if (closed) {
    facts.push(closed);
  } else if (!partition.available) {
    facts.push(trans.__('down'));
  } else if (idle_cores !== null && total_cores) {
    facts.push(
      trans.__('%1 of %2 cores idle', formatNumber(idle_cores), formatNumber(total_cores))
    );
  }
  for (const { type, total, idle } of partition.gpus ?? []) {
    const word = type ?? trans._n('GPU', 'GPUs', total);
    facts.push(
      idle === null || !partition.available
        ? trans.__('%1 %2', formatNumber(total), word)
        : trans.__('%1 of %2 %3 idle', formatNumber(idle), formatNumber(total), word)
    );
  }
  if (partition.whole_nodes) {
    facts.push(trans.__('whole nodes'));
  }
  if (max_walltime) {
    facts.push(trans.__('up to %1', formatDuration(max_walltime, trans)));
  }
  if (default_walltime && default_walltime !== max_walltime) {
    facts.push(trans.__('default %1', formatDuration(default_walltime, trans)));
  }
  return facts;
}
