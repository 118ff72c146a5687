/** An adapting cluster: its range, its next step, and its delays. */

import * as React from 'react';

import type { IAdapt, ICluster } from '../../api/restapi';
import { durationText, parseDuration } from '../../clusters/words/duration';
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

/** "[0] – [8]", of jobs. */
export function RangeFields({ model, range }: IRangeProps): React.JSX.Element {
  const { trans } = useApp();
  return (
    <div className="jp-DaskSlurm-range">
      <RangeField
        model={model}
        range={range}
        name="minimum_jobs"
        label={trans.__('Minimum number of jobs')}
        most={model.maximum}
      />
      <span aria-hidden>–</span>
      <RangeField
        model={model}
        range={range}
        name="maximum_jobs"
        label={trans.__('Maximum number of jobs')}
        most={model.maximum}
      />
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
        <p className="jp-DaskSlurm-oneLine">
          {adaptive.needed <= range.minimum_jobs
            ? trans.__('No more than the minimum is needed')
            : trans._n(
                'Tasks need %2 job',
                'Tasks need %2 jobs',
                adaptive.needed,
                formatNumber(adaptive.needed)
              )}
          <NextStep at={adaptive.grows_at} grows />
          <NextStep at={adaptive.shrinks_at} />
        </p>
      )}
      {known && (
        <details>
          <summary>
            {trans.__(
              'Grows after %1, shrinks after %2',
              formatCountdown(grow_after, trans),
              formatCountdown(shrink_after, trans)
            )}
          </summary>
          <div className="jp-DaskSlurm-patience">
            <Patience
              model={model}
              range={range}
              name="grow_after"
              words={trans.__('Grow once tasks have needed more for')}
              label={trans.__('Time until it grows')}
            />
            <Patience
              model={model}
              range={range}
              name="shrink_after"
              words={trans.__('Shrink once they have needed less for')}
              label={trans.__('Time until it shrinks')}
            />
          </div>
        </details>
      )}
    </div>
  );
}

interface INextStepProps {
  at: string | null;
  grows?: boolean;
}

/** Return "; grows in 2 s"; nothing if that is not planned. */
function NextStep({ at, grows }: INextStepProps): React.JSX.Element | null {
  const { trans } = useApp();
  const left = useTimeLeft(at, Infinity);
  if (left === null) {
    return null;
  }
  const time = formatCountdown(left, trans);
  return (
    <span className="jp-DaskSlurm-ticking" data-testid="adaptive-step">
      {grows ? trans.__('; grows in %1', time) : trans.__('; shrinks in %1', time)}
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
  return (
    <div className="jp-DaskSlurm-range">
      <span aria-hidden>{words}</span>
      <RangeField {...field} most={MAXIMUM_PATIENCE} isTime />
    </div>
  );
}

interface IRangeFieldProps extends IRangeProps {
  name: NumberName;
  label: string;
  most: number;
  /** It is a time, and not a number of jobs. What was understood is written in its place. */
  isTime?: boolean;
}

function RangeField(props: IRangeFieldProps): React.JSX.Element {
  const { model, range, name, label, most, isTime = false } = props;
  const { trans } = useApp();
  const value = range[name] ?? 0;
  const written = isTime ? durationText : formatNumber;
  const parse = (text: string): number | string => {
    const number = isTime ? parseDuration(text) : parseWholeNumber(text);
    if (number === null) {
      return isTime ? trans.__('Enter a time such as 30 s') : trans.__('Enter a whole number');
    }
    return number > most ? trans.__('Limit: %1', written(most)) : number;
  };
  return (
    <TypedField<number>
      model={model}
      label={label}
      shown={isTime ? durationText(value) : String(value)}
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
