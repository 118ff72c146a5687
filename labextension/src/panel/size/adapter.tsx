/** An adapting cluster: its range, its next step, and its delays. */

import * as React from 'react';

import type { IAdapt, ICluster } from '../../api/restapi';
import { formatCountdown, formatNumber, parseWholeNumber } from '../../clusters/words/format';
import { useApp } from '../../ui/context';
import { useTimeLeft } from '../../ui/hooks';
import type { ScaleModel } from './model';
import { TypedField } from './typedfield';

type NumberName = keyof IAdapt;

interface IRangeProps {
  model: ScaleModel;
  range: IAdapt;
}

/** "From [0] to [8] jobs". */
export function RangeFields({ model, range }: IRangeProps): React.JSX.Element {
  const { trans } = useApp();
  return (
    <div className="jp-DaskSlurm-range">
      <span aria-hidden>{trans.__('From')}</span>
      <RangeField
        model={model}
        range={range}
        name="minimum_jobs"
        label={trans.__('Minimum number of jobs')}
        most={model.maximum}
      />
      <span aria-hidden>{trans.__('to')}</span>
      <RangeField
        model={model}
        range={range}
        name="maximum_jobs"
        label={trans.__('Maximum number of jobs')}
        most={model.maximum}
      />
      <span aria-hidden>{trans.__('jobs')}</span>
    </div>
  );
}

interface IFollowingProps extends IRangeProps {
  cluster: ICluster;
}

/** What the tasks need now, when the cluster follows, and the delays. */
export function Following({ cluster, model, range }: IFollowingProps): React.JSX.Element {
  const { trans } = useApp();
  const adaptive = cluster.adaptive ?? null;
  const { grow_after, shrink_after } = range;
  const known = typeof grow_after === 'number' && typeof shrink_after === 'number';
  return (
    <div className="jp-DaskSlurm-following" data-testid="adaptive">
      {adaptive !== null && (
        <p>
          {trans._n(
            'The tasks need %2 job now.',
            'The tasks need %2 jobs now.',
            adaptive.needed,
            formatNumber(adaptive.needed)
          )}{' '}
          <NextStep needed={adaptive.needed} at={adaptive.grows_at} grows />
          <NextStep needed={adaptive.needed} at={adaptive.shrinks_at} />
        </p>
      )}
      {known && (
        <details>
          <summary>
            {trans.__(
              'Grows after %1, shrinks after %2',
              formatCountdown(grow_after),
              formatCountdown(shrink_after)
            )}
          </summary>
          <div className="jp-DaskSlurm-patience">
            <Patience
              model={model}
              range={range}
              name="grow_after"
              words={trans.__('Grow once tasks have needed more for')}
              label={trans.__('Seconds until it grows')}
            />
            <Patience
              model={model}
              range={range}
              name="shrink_after"
              words={trans.__('Shrink once they have needed less for')}
              label={trans.__('Seconds until it shrinks')}
            />
          </div>
        </details>
      )}
    </div>
  );
}

interface INextStepProps {
  needed: number;
  at: string | null;
  grows?: boolean;
}

/** Return "Grows to 6 jobs in 2 s."; nothing if that is not planned. */
function NextStep({ needed, at, grows }: INextStepProps): React.JSX.Element | null {
  const { trans } = useApp();
  const left = useTimeLeft(at, Infinity);
  if (left === null) {
    return null;
  }
  const jobs = formatNumber(needed);
  const time = formatCountdown(left);
  return (
    <span data-testid="adaptive-step">
      {grows
        ? trans._n('Grows to %2 job in %3.', 'Grows to %2 jobs in %3.', needed, jobs, time)
        : trans._n(
            'Shrinks to %2 job in %3 unless tasks need more.',
            'Shrinks to %2 jobs in %3 unless tasks need more.',
            needed,
            jobs,
            time
          )}
    </span>
  );
}

interface IPatienceProps extends IRangeProps {
  name: 'grow_after' | 'shrink_after';
  words: string;
  label: string;
}

/** The longest delay that the server accepts, in seconds. */
const MAXIMUM_PATIENCE = 86_400;

function Patience({ words, ...field }: IPatienceProps): React.JSX.Element {
  const { trans } = useApp();
  return (
    <div className="jp-DaskSlurm-range">
      <span aria-hidden>{words}</span>
      <RangeField {...field} most={MAXIMUM_PATIENCE} />
      <span aria-hidden>{trans.__('s')}</span>
    </div>
  );
}

interface IRangeFieldProps extends IRangeProps {
  name: NumberName;
  label: string;
  most: number;
}

function RangeField({ model, range, name, label, most }: IRangeFieldProps): React.JSX.Element {
  const { trans } = useApp();
  const value = range[name] ?? 0;
  const parse = (text: string): number | string => {
    const number = parseWholeNumber(text);
    if (number === null) {
      return trans.__('Write a whole number, 0 or more.');
    }
    return number > most ? trans.__('At most %1 here.', formatNumber(most)) : number;
  };
  return (
    <TypedField<number>
      model={model}
      label={label}
      shown={String(value)}
      value={value}
      parse={parse}
      isSame={(one, other) => one === other}
      onGive={number => model.setRange({ [name]: number })}
      onStep={(number, by) =>
        model.setRange({ [name]: Math.max(0, Math.min(most, number + by)) }, true)
      }
      testId={`range-${name}`}
    />
  );
}
