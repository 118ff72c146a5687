/** The size of a cluster: fixed or adapting, and what it means in one sentence. */

import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import type { IAmount, Unit } from '../../clusters/scale';
import {
  amountText,
  memoryUnit,
  parseAmount,
  rangeSentence,
  sentence,
  sentenceText,
  toJobs,
  unitsOf
} from '../../clusters/scale';
import { useApp } from '../../ui/context';
import { useSignal } from '../../ui/hooks';
import { Segmented } from '../../ui/segmented';
import { usePanelModel } from '../context';
import { Following, RangeFields } from './adapter';
import { grabOf } from './grab';
import type { ScaleModel } from './model';
import { RangeSlider } from './rangeslider';
import { TypedField } from './typedfield';

export function Scaler({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { trans } = useApp();
  const panel = usePanelModel();
  const model = panel.scaleOf(cluster.id);
  useSignal(model.changed);
  const { range, limit } = model;
  const limitId = React.useId();
  const parts =
    range === null
      ? sentence(model.shown, model.job, trans)
      : rangeSentence(range, model.job, trans);
  return (
    <div
      className="jp-DaskSlurm-scaler"
      role="group"
      aria-label={trans.__('Size')}
      aria-describedby={limit !== null ? limitId : undefined}
    >
      {/* Of one height in any mode and unit: what is below stays where it is. */}
      <div className="jp-DaskSlurm-scalerRow">
        {range === null ? (
          <>
            <Slider model={model} name={cluster.name} />
            <AmountField key={model.unit} model={model} />
          </>
        ) : (
          <>
            <RangeSlider model={model} range={range} />
            <RangeFields model={model} range={range} />
          </>
        )}
      </div>
      <div className="jp-DaskSlurm-switches">
        <UnitSwitch model={model} id={cluster.id} />
        <Segmented
          name={`jp-DaskSlurm-mode-${cluster.id}`}
          label={trans.__('How the size is decided')}
          choices={[
            ['fixed', trans.__('Fixed'), trans.__('A fixed number of jobs')],
            ['adaptive', trans.__('Adaptive'), trans.__('As many jobs as the tasks need')]
          ]}
          chosen={range === null ? 'fixed' : 'adaptive'}
          onChoose={mode => model.setAdaptive(mode === 'adaptive')}
        />
      </div>
      <p
        className="jp-DaskSlurm-sentence jp-DaskSlurm-oneLine"
        title={parts.lead + parts.jobs + parts.rest}
        data-testid="scale-sentence"
        data-sending={model.isSending || undefined}
      >
        {parts.lead}
        <b>{parts.jobs}</b>
        {parts.rest}
      </p>
      {limit !== null && (
        <p id={limitId} className="jp-DaskSlurm-quiet" data-testid="scale-limit">
          {limit}
        </p>
      )}
      {model.error !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert" data-testid="scale-error">
          {model.isWaiting ? trans.__('Sent as soon as the Jupyter server is back.') : model.error}{' '}
          <button className="jp-DaskSlurm-link" onClick={() => model.retry()}>
            {trans.__('Try Again')}
          </button>{' '}
          <button className="jp-DaskSlurm-link" onClick={() => model.reset()}>
            {trans.__('Undo')}
          </button>
        </div>
      )}
      {range !== null && <Following cluster={cluster} model={model} range={range} />}
    </div>
  );
}

function Slider({ model, name }: { model: ScaleModel; name: string }): React.JSX.Element {
  const { trans } = useApp();
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
      style={fillOf(Math.min(model.jobs, model.end) / model.end)}
      onPointerDown={grabOf(model)}
      onChange={event => model.move(Number(event.target.value))}
    />
  );
}

/** How much of the track is coloured. */
function fillOf(part: number): React.CSSProperties {
  return { '--jp-DaskSlurm-fill': String(part) } as React.CSSProperties;
}

function AmountField({ model }: { model: ScaleModel }): React.JSX.Element {
  const { trans } = useApp();
  const { unit, job } = model;
  const label = {
    jobs: trans.__('Number of jobs'),
    cores: trans.__('Number of cores'),
    memory: trans.__('Memory in %1', memoryUnit(job))
  }[unit];
  return (
    <TypedField<IAmount>
      model={model}
      label={label}
      shown={amountText(model.shown, job)}
      value={model.shown}
      parse={text => parseAmount(text, unit, job, model.maximum, trans)}
      isSame={(one, other) => one.amount === other.amount}
      onGive={amount => model.set(amount)}
      onStep={(amount, by) => model.move(toJobs(amount, job) + by)}
      testId="scale-field"
    />
  );
}

function UnitSwitch({ model, id }: { model: ScaleModel; id: string }): React.JSX.Element {
  const { trans } = useApp();
  const words: Record<Unit, string> = {
    jobs: trans.__('jobs'),
    cores: trans.__('cores'),
    memory: trans.__('memory')
  };
  return (
    <Segmented
      name={`jp-DaskSlurm-unit-${id}`}
      label={trans.__('Unit of the size')}
      choices={unitsOf(model.job).map(unit => [unit, words[unit]] as const)}
      chosen={model.range === null ? model.unit : 'jobs'}
      // A range is of jobs. The other units keep their place.
      isDisabled={unit => model.range !== null && unit !== 'jobs'}
      onChoose={unit => model.setUnit(unit)}
    />
  );
}
