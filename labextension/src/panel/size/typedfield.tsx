/** A number field, with what is wrong in a bubble below it, which moves nothing. What is typed is committed by Enter, or when the field loses the focus. */

import * as React from 'react';

import type { ScaleModel } from './model';

export interface ITypedFieldProps<T> {
  model: ScaleModel;
  label: string;
  /** The text while nobody types. */
  shown: string;
  value: T;
  /** Parses the text; a returned string says why it is not valid. */
  parse: (text: string) => T | string;
  isSame: (one: T, other: T) => boolean;
  onGive: (value: T) => void;
  /** Called for the arrow keys with 1 or -1, for the page keys with 10 or -10. */
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

  // The field is removed with its unit or its cluster.
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
  /** Return the value of the field; null if it is not valid, which is then shown. */
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
        <span id={problemId} className="jp-DaskSlurm-bubble" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
