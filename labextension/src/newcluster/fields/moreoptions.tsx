/** The options that few users need, behind a button that summarizes them. */

import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { formatList } from '../../clusters/words/format';
import { useSignal } from '../../ui/hooks';
import type { Field } from '../model/fields';
import { fieldWord, hasLines } from '../model/fields';
import type { NewClusterModel } from '../model/model';
import { moreFields } from '../model/place';
import { AccountField } from './accountfield';
import type { IFieldProps, IFormProps } from './formfield';
import { ChoiceField, FormField, TextField } from './formfield';
import { PlacementField } from './placementfield';

export function MoreOptions({ model, trans }: IFormProps): React.JSX.Element {
  useSignal(model.changed);
  const id = React.useId();
  const [chosen, setChosen] = React.useState<boolean | null>(null);
  const { asksForGpus } = model.place;
  const drawn = moreFields(model.place);
  // The field above asks for a number of GPUs, and shows its problems.
  const fields = drawn.filter(field => field !== 'gres' || !asksForGpus);
  const used = fields.filter(field => model.values[field].trim() !== '');
  const flawed = fields.some(field => model.problem(field) !== null);
  const wanted = model.highlight.wanted !== null && fields.includes(model.highlight.wanted);
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
          {[...drawn].sort(linesLast).map(field => {
            const Drawn = SPECIAL[field] ?? FormField;
            return <Drawn key={field} model={model} trans={trans} field={field} />;
          })}
        </div>
      )}
    </div>
  );
}

/** Summarize what is set, or else what there is to set. */
function summary(
  model: NewClusterModel,
  used: readonly Field[],
  { trans, isOpen }: { trans: IFormProps['trans']; isOpen: boolean }
): string {
  if (used.length > 0) {
    return trans.__('set: %1', formatList(used.map(field => fieldWord(field, trans))));
  }
  if (isOpen) {
    return '';
  }
  if (model.place.asksForAccount) {
    return trans.__('adapt, QOS, prologue, directives, time-outs, network…');
  }
  return model.place.isLocal
    ? trans.__('adapt, prologue, worker arguments, time-outs, directories…')
    : trans.__('adapt, account, QOS, prologue, directives, time-outs, network…');
}

/** Text of several lines takes the whole width: it comes last. */
function linesLast(a: Field, b: Field): number {
  return Number(hasLines(a)) - Number(hasLines(b));
}

/** The fields that need more than the control for their kind. */
const SPECIAL: Partial<Record<Field, (props: IFieldProps) => React.JSX.Element>> = {
  most: MostField,
  account: AccountField,
  qos: AccountField,
  gres: GresField,
  interface: InterfaceField,
  scheduler_interface: InterfaceField,
  placement: PlacementField,
  controller_partition: ControllerPartitionField
};

function MostField(props: IFieldProps): React.JSX.Element {
  const { model, trans } = props;
  const hint =
    model.values.most.trim() === ''
      ? trans.__('jobs; empty: a fixed size')
      : (model.script?.job_limit?.message ?? trans.__('jobs, as many as the tasks need'));
  return <FormField {...props} hint={hint} />;
}

/** A text: it can say more than the number of GPUs above. */
function GresField(props: IFieldProps): React.JSX.Element {
  return <FormField {...props} silent={props.model.place.asksForGpus} />;
}

function ControllerPartitionField(props: IFieldProps): React.JSX.Element {
  const partitions = props.model.site?.partitions ?? [];
  return (
    <FormField {...props}>
      <ChoiceField {...props} choices={partitions.map(({ name }) => name)} />
    </FormField>
  );
}

/** A text, with the interfaces of this host to choose from: with a controller in a job it is another's. */
function InterfaceField(props: IFieldProps): React.JSX.Element {
  const { site, place } = props.model;
  const id = React.useId();
  const interfaces = place.isLocal || place.placement === 'job' ? [] : (site?.interfaces ?? []);
  return (
    <FormField {...props}>
      {interfaces.length > 0 && (
        <datalist id={id}>
          {interfaces.map(({ name, address }) => (
            <option key={`${name} ${address}`} value={name}>
              {`${name} — ${address}`}
            </option>
          ))}
        </datalist>
      )}
      <TextField {...props} list={interfaces.length > 0 ? id : undefined} />
    </FormField>
  );
}
