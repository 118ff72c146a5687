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

type End = 'minimum_jobs' | 'maximum_jobs';

export function RangeSlider({ model, range }: IRangeSliderProps): React.JSX.Element {
  const { trans } = useApp();
  const { end } = model;
  const percent = (jobs: number): number => (100 * Math.min(jobs, end)) / end;
  const { minimum_jobs: least, maximum_jobs: most } = range;
  const words = (jobs: number): string => jobsText(jobs, trans);
  /** Where both thumbs were when the pointer took them: which way it goes says which of them is meant. */
  const merged = React.useRef<number | null>(null);
  const moveTo = (name: End, jobs: number): void => {
    const at = merged.current;
    if (at === null) {
      model.setRange({ [name]: jobs }, true);
    } else {
      model.setRange({ minimum_jobs: Math.min(at, jobs), maximum_jobs: Math.max(at, jobs) }, true);
    }
  };
  const thumb = (name: End, label: string): React.ReactNode => (
    <input
      type="range"
      data-testid={`slider-${name}`}
      min={0}
      max={end}
      step={1}
      value={Math.min(range[name], end)}
      aria-label={label}
      aria-valuetext={words(range[name])}
      onPointerDown={event => {
        merged.current = least === most ? least : null;
        grabOf(model)(event);
      }}
      onKeyDown={() => {
        merged.current = null;
      }}
      onChange={event => moveTo(name, Number(event.target.value))}
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
