/** A choice of few words, side by side: radio buttons of which only the labels are visible. */

import * as React from 'react';

export interface ISegmentedProps<T extends string> {
  /** Unique on the page. */
  name: string;
  /** The name of the choice for screen readers. */
  label: string;
  choices: readonly (readonly [value: T, word: string, title?: string])[];
  chosen: T;
  onChoose: (value: T) => void;
  /** Whether a choice cannot be made now. It is there all the same. */
  isDisabled?: (value: T) => boolean;
}

export function Segmented<T extends string>(props: ISegmentedProps<T>): React.JSX.Element {
  const { name, label, choices, chosen, onChoose, isDisabled } = props;
  return (
    <div className="jp-DaskSlurm-units" role="radiogroup" aria-label={label}>
      {choices.map(([value, word, title]) => (
        <label
          key={value}
          data-checked={value === chosen || undefined}
          data-word={word}
          title={title}
        >
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === chosen}
            disabled={isDisabled?.(value) ?? false}
            onChange={() => onChoose(value)}
          />
          {word}
        </label>
      ))}
    </div>
  );
}
