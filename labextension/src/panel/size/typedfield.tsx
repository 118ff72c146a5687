/** A number in a field of its own. What is being typed is its own until Enter, or until it is left. */

import * as React from 'react';

import type { ScaleModel } from './model';

export interface ITypedFieldProps<T> {
  model: ScaleModel;
  label: string;
  /** What stands in the field while nobody types. */
  shown: string;
  value: T;
  /** What was typed; a string says why it cannot be used. */
  parse: (text: string) => T | string;
  isSame: (one: T, other: T) => boolean;
  onGive: (value: T) => void;
  /** The arrows: up and down by one, the page keys by ten. */
  onStep: (value: T, by: number) => void;
  testId?: string;
}

export function TypedField<T extends object | number>(
  props: ITypedFieldProps<T>
): React.JSX.Element {
  const { model, label, shown, value, parse, isSame, onGive, onStep, testId } = props;
  const [text, setText] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const problemId = React.useId();

  // The field goes with its unit, or with its cluster.
  React.useEffect(
    () => () => {
      model.isTyping = false;
    },
    [model]
  );

  const forget = (): void => {
    setText(null);
    setProblem(null);
    model.isTyping = false;
  };
  /** What is in the field; null when that cannot be used, which is then said. */
  const read = (): T | null => {
    if (text === null) {
      return value;
    }
    const found = parse(text);
    if (typeof found === 'string') {
      setProblem(found);
      return null;
    }
    return found;
  };
  const commit = (): void => {
    const found = read();
    if (found === null) {
      return;
    }
    forget();
    if (!isSame(found, value)) {
      onGive(found);
    }
  };
  const leave = (): void => {
    commit();
    model.isTyping = false;
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === 'Enter') {
      commit();
    } else if (event.key === 'Escape') {
      forget();
    } else if (step !== undefined) {
      const found = read();
      if (found !== null) {
        forget();
        onStep(found, step);
      }
    } else {
      return;
    }
    event.preventDefault();
  };
  return (
    <span className="jp-DaskSlurm-amount">
      <input
        type="text"
        inputMode="decimal"
        className="jp-DaskSlurm-field"
        data-testid={testId}
        aria-label={label}
        aria-invalid={problem !== null}
        aria-describedby={problem !== null ? problemId : undefined}
        value={text ?? shown}
        onChange={event => {
          setText(event.target.value);
          setProblem(null);
          model.isTyping = true;
        }}
        onKeyDown={onKeyDown}
        onBlur={leave}
        onFocus={event => event.target.select()}
      />
      {problem !== null && (
        <span id={problemId} className="jp-DaskSlurm-fieldProblem" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
