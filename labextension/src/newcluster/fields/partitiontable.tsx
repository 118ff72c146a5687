/** The partitions of a large site: a field to search in, and below it a table to choose from. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { formatDuration, formatNumber } from '../../clusters/words/format';
import type { IPartitionChoice } from '../model/partitions';
import { partitionChoices } from '../model/partitions';
import { isOpen } from '../model/site';
import type { IFormProps } from './formfield';
import { useField } from './formfield';

/** A combobox whose list has columns: type to search, arrows and Enter choose, Escape closes the list. */
export function PartitionTable({ model, trans }: IFormProps): React.JSX.Element {
  const { id, onFocus, onBlur, ...attributes } = useField();
  /** What is searched for; null while the list is closed. */
  const [query, setQuery] = React.useState<string | null>(null);
  const [current, setCurrent] = React.useState(0);
  const { choices, chosen } = partitionChoices(model, trans);
  const found = choices.filter(choice => isFound(choice, query ?? ''));
  const open = query !== null;
  const active = open ? found[Math.min(current, found.length - 1)] : undefined;
  const optionId = (choice: IPartitionChoice): string => `${id}-option-${choice.value}`;
  const activeId = active && optionId(active);
  React.useEffect(() => {
    if (activeId !== undefined) {
      document.getElementById(activeId)?.scrollIntoView({ block: 'nearest' });
    }
  }, [activeId]);

  const show = (): void => {
    if (!open) {
      setQuery('');
      setCurrent(
        Math.max(
          0,
          choices.findIndex(({ value }) => value === chosen)
        )
      );
    }
  };
  const choose = (choice: IPartitionChoice | undefined): void => {
    if (choice !== undefined) {
      model.set('partition', choice.value);
      setQuery(null);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (open) {
        setCurrent(Math.max(0, Math.min(found.length - 1, current + step)));
      } else {
        show();
      }
    } else if (open && event.key === 'Enter') {
      event.preventDefault();
      choose(active);
    } else if (open && event.key === 'Escape') {
      setQuery(null);
    }
  };

  return (
    <div className="jp-DaskSlurm-combo" data-keeps-keys={open ? '' : undefined}>
      <input
        {...attributes}
        id={id}
        type="text"
        role="combobox"
        className="jp-DaskSlurm-field"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={activeId}
        autoComplete="off"
        spellCheck={false}
        value={query ?? choices.find(({ value }) => value === chosen)?.word ?? chosen}
        placeholder={trans.__('Search partitions')}
        onFocus={onFocus}
        onBlur={() => {
          setQuery(null);
          onBlur();
        }}
        onClick={show}
        onChange={event => {
          setQuery(event.target.value);
          setCurrent(0);
        }}
        onKeyDown={onKeyDown}
      />
      <caretDownIcon.react tag="span" className="jp-DaskSlurm-comboCaret" aria-hidden />
      <div
        className="jp-DaskSlurm-comboPopup"
        hidden={!open}
        // A click keeps the focus in the field.
        onMouseDown={event => event.preventDefault()}
      >
        <div className="jp-DaskSlurm-comboRow jp-DaskSlurm-comboHead" aria-hidden>
          <span>{trans.__('Partition')}</span>
          <span>{trans.__('Time limit')}</span>
          <span>{trans.__('Free cores')}</span>
          <span>{trans.__('Nodes')}</span>
        </div>
        <div id={`${id}-list`} role="listbox" aria-label={trans.__('Partitions')}>
          {open &&
            found.map(choice => (
              <div
                key={choice.value}
                id={optionId(choice)}
                role="option"
                className="jp-DaskSlurm-comboRow"
                aria-label={[choice.word, ...choice.facts].join(' · ')}
                aria-selected={choice.value === chosen}
                data-testid={`partition-${choice.value}`}
                data-current={choice === active || undefined}
                data-down={isDown(choice) || undefined}
                onClick={() => choose(choice)}
              >
                <Cells choice={choice} trans={trans} />
              </div>
            ))}
        </div>
        {open && found.length === 0 && (
          <p className="jp-DaskSlurm-quiet" role="status">
            {trans.__('No matching partitions')}
          </p>
        )}
      </div>
    </div>
  );
}

function isFound({ word, facts }: IPartitionChoice, query: string): boolean {
  const text = [word, ...facts].join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every(part => text.includes(part));
}

function isDown({ partition }: IPartitionChoice): boolean {
  return partition !== null && !(partition.available && isOpen(partition));
}

function Cells({
  choice,
  trans
}: {
  choice: IPartitionChoice;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { word, facts, partition } = choice;
  if (partition === null) {
    return (
      <>
        <strong>{word}</strong>
        <span className="jp-DaskSlurm-comboFacts">{facts.join(' · ')}</span>
      </>
    );
  }
  const { idle_cores: idle, total_cores: total, nodes, max_walltime: limit } = partition;
  return (
    <>
      <span>
        <strong>{word}</strong>
        {partition.default && <span className="jp-DaskSlurm-tag">{trans.__('default')}</span>}
      </span>
      <span>{limit ? formatDuration(limit, trans) : '–'}</span>
      <span>
        {isDown(choice)
          ? facts[0]
          : idle !== null && total
            ? trans.__('%1 of %2', formatNumber(idle), formatNumber(total))
            : '–'}
      </span>
      <span>{nodes === null ? '–' : formatNumber(nodes)}</span>
    </>
  );
}
