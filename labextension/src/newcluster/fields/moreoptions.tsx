/** The options that few need, behind a button that says what is inside. */

import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { formatNumber } from '../../clusters/words/format';
import { useSignal } from '../../ui/hooks';
import { fieldWord } from '../model/fieldwords';
import type { NewClusterModel } from '../model/model';
import { namesFor } from '../model/site';
import type { Field } from '../model/values';
import { CONTROLLER } from '../model/values';
import type { IFormProps } from './formfield';
import { AreaField, ChoiceField, FormField, TextField } from './formfield';
import { PlacementField } from './placementfield';

/** The fields within, as they are here and now. */
function fieldsOf(model: NewClusterModel): Field[] {
  return [
    'most',
    ...(model.place.isLocal ? [] : (['account', 'qos'] as const)),
    ...(model.place.isLocal || model.place.asksForGpus ? [] : (['gres'] as const)),
    'job_script_prologue',
    ...(model.place.isLocal ? [] : (['job_extra_directives', 'job_directives_skip'] as const)),
    'worker_extra_args',
    'idle_timeout',
    'maximum_age',
    'death_timeout',
    ...(model.place.offersPlacement && !model.place.asksForPlacement
      ? (['placement'] as const)
      : []),
    ...(model.place.placement === 'job' && !model.place.isLocal ? CONTROLLER : []),
    'interface',
    'scheduler_interface',
    'local_directory',
    'log_directory'
  ];
}

export function MoreOptions({ model, trans }: IFormProps): React.JSX.Element {
  useSignal(model.changed);
  const id = React.useId();
  const [chosen, setChosen] = React.useState<boolean | null>(null);
  const fields = fieldsOf(model);
  const used = fields.filter(field => model.values[field].trim() !== '');
  const flawed = fields.some(field => model.problem(field) !== null);
  const wanted = model.light.wanted !== null && fields.includes(model.light.wanted);
  const { start } = model;
  React.useEffect(() => setChosen(null), [start.chosen]);
  React.useEffect(() => {
    if (flawed || wanted) {
      setChosen(true);
    }
  }, [flawed, wanted]);
  const isOpen = chosen ?? used.length > 0;
  const Icon = isOpen ? caretDownIcon : caretRightIcon;
  return (
    <div className="jp-DaskSlurm-more jp-DaskSlurm-wide">
      <button
        type="button"
        className="jp-DaskSlurm-moreButton"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setChosen(!isOpen)}
      >
        <Icon.react tag="span" aria-hidden />
        <span>
          <strong>{trans.__('More options')}</strong>{' '}
          <span className="jp-DaskSlurm-quiet">{summary(model, used, { trans, isOpen })}</span>
        </span>
      </button>
      {isOpen && (
        <div id={id} className="jp-DaskSlurm-form">
          <Fields model={model} trans={trans} />
        </div>
      )}
    </div>
  );
}

/** What is inside: what is set, and otherwise what there is. */
function summary(
  model: NewClusterModel,
  used: readonly Field[],
  { trans, isOpen }: { trans: IFormProps['trans']; isOpen: boolean }
): string {
  if (used.length > 0) {
    const words = used.map(field => fieldWord(field, trans)).join(', ');
    return trans.__('set: %1', words);
  }
  if (isOpen) {
    return '';
  }
  return model.place.isLocal
    ? trans.__('adapt, prologue, worker arguments, time-outs, directories …')
    : trans.__('adapt, account, QOS, prologue, directives, time-outs, network …');
}

function Fields({ model, trans }: IFormProps): React.JSX.Element {
  const props = { model, trans };
  return (
    <>
      <FormField
        {...props}
        field="most"
        hint={
          model.values.most.trim() === ''
            ? trans.__('jobs; empty: a fixed size')
            : trans.__('jobs, as many as the tasks need')
        }
      >
        <TextField model={model} field="most" numeric fallback={trans.__('fixed')} />
      </FormField>
      {!model.place.isLocal && (
        <>
          <NamedField {...props} field="account" />
          <NamedField {...props} field="qos" />
          <FormField
            {...props}
            field="gres"
            hint={trans.__('per job, such as gpu:1 or gpu:a100:2')}
            silent={model.place.asksForGpus}
          >
            <TextField model={model} field="gres" fallback={trans.__('none')} />
          </FormField>
        </>
      )}
      <Duration {...props} field="idle_timeout" never>
        {trans.__('the cluster ends when nobody used it for so long')}
      </Duration>
      <Duration {...props} field="maximum_age" never>
        {trans.__('the cluster ends then, whatever it does')}
      </Duration>
      <Duration {...props} field="death_timeout">
        {trans.__('a worker without a scheduler ends')}
      </Duration>
      {model.place.offersPlacement && !model.place.asksForPlacement && (
        <PlacementField {...props} />
      )}
      {model.place.placement === 'job' && !model.place.isLocal && <ControllerFields {...props} />}
      <Text {...props} field="interface" fallback="eth0">
        {trans.__('of the workers')}
      </Text>
      <Text {...props} field="scheduler_interface" fallback={trans.__('that of the workers')} />
      <Text {...props} field="local_directory" fallback="$TMPDIR">
        {trans.__('where workers spill to disk')}
      </Text>
      <Text {...props} field="log_directory" fallback={trans.__("the cluster's own")} />
      <Lines {...props} field="job_script_prologue" fallback="module load gcc">
        {trans.__('one command a line, before the workers start')}
      </Lines>
      {!model.place.isLocal && (
        <>
          <Lines {...props} field="job_extra_directives" fallback="--constraint=avx512">
            {trans.__('one a line, without #SBATCH')}
          </Lines>
          <Lines {...props} field="job_directives_skip" fallback="--mem">
            {trans.__('each that contains one of these lines')}
          </Lines>
        </>
      )}
      <Lines {...props} field="worker_extra_args" fallback="--resources GPU=1">
        {trans.__('one option a line, for dask worker')}
      </Lines>
    </>
  );
}

/** An account or a QOS: one of those the site knows, or a text where it knows none. */
function NamedField({
  model,
  trans,
  field
}: IFormProps & { field: 'account' | 'qos' }): React.JSX.Element {
  const names = namesFor(model.site, model.values.partition, field);
  const meant = model.placeholder(field);
  const limited = field === 'qos' && model.values.qos !== '' ? model.place.bounds.cores : null;
  return (
    <FormField
      model={model}
      trans={trans}
      field={field}
      hint={limited === null ? undefined : trans.__('up to %1 cores a job', formatNumber(limited))}
    >
      {names.length > 0 ? (
        <ChoiceField
          model={model}
          field={field}
          fallback={meant ? trans.__('default: %1', meant) : trans.__('default')}
          choices={names.map(name => [name, name])}
        />
      ) : (
        <TextField model={model} field={field} fallback={trans.__('default')} />
      )}
    </FormField>
  );
}

/** Of the job that the controller would be. */
function ControllerFields({ model, trans }: IFormProps): React.JSX.Element {
  const props = { model, trans };
  const partitions = model.site?.partitions ?? [];
  const meant = model.placeholder('controller_partition');
  return (
    <>
      <FormField {...props} field="controller_partition">
        <ChoiceField
          model={model}
          field="controller_partition"
          fallback={meant ? trans.__('default: %1', meant) : trans.__('default')}
          choices={partitions.map(({ name }) => [name, name])}
        />
      </FormField>
      <Text {...props} field="controller_memory" fallback="1 GB" />
      <Text {...props} field="controller_walltime" fallback="7-00:00:00" />
    </>
  );
}

interface IPlainProps extends IFormProps {
  field: Field;
  fallback?: string;
  /** The hint. */
  children?: string;
}

function Text({ model, trans, field, fallback, children }: IPlainProps): React.JSX.Element {
  return (
    <FormField model={model} trans={trans} field={field} hint={children}>
      <TextField model={model} field={field} fallback={fallback} />
    </FormField>
  );
}

function Duration({
  never,
  children,
  ...props
}: IPlainProps & { never?: boolean }): React.JSX.Element {
  const { model, trans, field } = props;
  const hint = never ? trans.__('%1; 0 is never', children ?? '') : children;
  const meant = model.placeholder(field);
  return (
    <FormField {...props} hint={hint}>
      <TextField
        model={model}
        field={field}
        meant={never && meant === '0' ? trans.__('never') : meant}
      />
    </FormField>
  );
}

function Lines({ model, trans, field, fallback, children }: IPlainProps): React.JSX.Element {
  return (
    <FormField model={model} trans={trans} field={field} hint={children} wide>
      <AreaField model={model} field={field} fallback={fallback} />
    </FormField>
  );
}
