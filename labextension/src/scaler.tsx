/** How big a cluster should be: slider, unit, number, and one sentence that says what that means. */

import * as React from 'react';

import { usePanel, useSignal } from './context';
import type { ICluster } from './restapi';
import type { IAmount, Unit } from './scale';
import {
  amountText,
  memoryUnit,
  parseAmount,
  sentence,
  sentenceText,
  toJobs,
  unitsOf
} from './scale';
import type { ScaleModel } from './scalemodel';

export function Scaler({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { model: panel, trans } = usePanel();
  const model = panel.scaleOf(cluster.id);
  useSignal(model.changed);
  const parts = sentence(model.shown, model.job, trans);
  return (
    <div className="jp-DaskSlurm-scaler" role="group" aria-label={trans.__('Size')}>
      <div className="jp-DaskSlurm-scalerRow">
        <Slider model={model} name={cluster.name} />
        <AmountField key={model.unit} model={model} />
      </div>
      <UnitSwitch model={model} id={cluster.id} />
      <p
        className="jp-DaskSlurm-sentence"
        data-testid="scale-sentence"
        data-sending={model.isSending || undefined}
      >
        {parts.lead}
        <b>{parts.jobs}</b>
        {parts.rest}
      </p>
      {model.error !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert" data-testid="scale-error">
          {model.error}{' '}
          <button className="jp-DaskSlurm-link" onClick={() => model.retry()}>
            {trans.__('Try again')}
          </button>{' '}
          <button className="jp-DaskSlurm-link" onClick={() => model.reset()}>
            {trans.__('Undo')}
          </button>
        </div>
      )}
    </div>
  );
}

function Slider({ model, name }: { model: ScaleModel; name: string }): React.JSX.Element {
  const { trans } = usePanel();
  const grab = (event: React.PointerEvent): void => {
    if (event.button !== 0) {
      return;
    }
    model.grab();
    // The hand may let go anywhere, also outside of the panel.
    const release = (): void => {
      window.removeEventListener('pointerup', release);
      window.removeEventListener('pointercancel', release);
      model.release();
    };
    window.addEventListener('pointerup', release);
    window.addEventListener('pointercancel', release);
  };
  return (
    <input
      type="range"
      className="jp-DaskSlurm-slider"
      data-testid="scale-slider"
      min={0}
      max={model.end}
      step={1}
      value={Math.min(model.jobs, model.end)}
      aria-label={trans.__('Jobs of %1', name)}
      aria-valuetext={sentenceText(model.shown, model.job, trans)}
      onPointerDown={grab}
      onChange={event => model.move(Number(event.target.value))}
    />
  );
}

/** The number beside the slider. What is being typed is its own until Enter, or until it is left. */
function AmountField({ model }: { model: ScaleModel }): React.JSX.Element {
  const { trans } = usePanel();
  const [text, setText] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const problemId = React.useId();
  const { unit, job } = model;
  const label = {
    jobs: trans.__('Number of jobs'),
    cores: trans.__('Number of cores'),
    memory: trans.__('Memory in %1', memoryUnit(job))
  }[unit];

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
  const read = (): IAmount | null => {
    if (text === null) {
      return model.shown;
    }
    const amount = parseAmount(text, unit, job, model.maximum, trans);
    if (typeof amount === 'string') {
      setProblem(amount);
      return null;
    }
    return amount;
  };
  const commit = (): void => {
    const amount = read();
    if (amount === null) {
      return;
    }
    forget();
    if (amount.amount !== model.shown.amount) {
      model.set(amount);
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
      const amount = read();
      if (amount !== null) {
        forget();
        model.move(toJobs(amount, job) + step);
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
        data-testid="scale-field"
        aria-label={label}
        aria-invalid={problem !== null}
        aria-describedby={problem !== null ? problemId : undefined}
        value={text ?? amountText(model.shown, job)}
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

function UnitSwitch({ model, id }: { model: ScaleModel; id: string }): React.JSX.Element {
  const { trans } = usePanel();
  const words: Record<Unit, string> = {
    jobs: trans.__('jobs'),
    cores: trans.__('cores'),
    memory: trans.__('memory')
  };
  return (
    <div className="jp-DaskSlurm-units" role="radiogroup" aria-label={trans.__('Unit of the size')}>
      {unitsOf(model.job).map(unit => (
        <label key={unit} data-checked={unit === model.unit || undefined}>
          <input
            type="radio"
            name={`jp-DaskSlurm-unit-${id}`}
            value={unit}
            checked={unit === model.unit}
            onChange={() => model.setUnit(unit)}
          />
          {words[unit]}
        </label>
      ))}
    </div>
  );
}
