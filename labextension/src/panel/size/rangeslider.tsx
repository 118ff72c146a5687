/** A slider with two ends: two native sliders on one track, each with its label and keys. */

import * as React from 'react';

import type { IAdapt } from '../../api/restapi';
import { jobsText } from '../../clusters/words/format';
import { useApp } from '../../ui/context';
import { grabOf } from './grab';
import type { ScaleModel } from './model';

interface IRangeSliderProps {
  model: ScaleModel;
  range: IAdapt;
}

export function RangeSlider({ model, range }: IRangeSliderProps): React.JSX.Element {
  const { trans } = useApp();
  const { end } = model;
  const percent = (jobs: number): number => (100 * Math.min(jobs, end)) / end;
  const { minimum_jobs: least, maximum_jobs: most } = range;
  const words = (jobs: number): string => jobsText(jobs, trans);
  const thumb = (name: 'minimum_jobs' | 'maximum_jobs', label: string): React.ReactNode => (
    <input
      type="range"
      data-testid={`slider-${name}`}
      min={0}
      max={end}
      step={1}
      value={Math.min(range[name], end)}
      aria-label={label}
      aria-valuetext={words(range[name])}
      onPointerDown={grabOf(model)}
      onChange={event => model.setRange({ [name]: Number(event.target.value) }, true)}
    />
  );
  return (
    <div
      className="jp-DaskSlurm-rangeSlider"
      // If both are at the maximum, the one that can still move is on top.
      data-full={least >= end || undefined}
    >
      <span className="jp-DaskSlurm-rangeTrack" aria-hidden>
        <span style={{ left: `${percent(least)}%`, right: `${100 - percent(most)}%` }} />
      </span>
      {thumb('minimum_jobs', trans.__('At least so many jobs'))}
      {thumb('maximum_jobs', trans.__('At most so many jobs'))}
    </div>
  );
}
