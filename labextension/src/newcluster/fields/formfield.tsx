/** A labelled field of the form: its hint, its problem, and the light it shares with the script. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../../ui/hooks';
import type { Field } from '../model/fields';
import { fieldHint, fieldLabel, FORM } from '../model/fields';
import type { NewClusterModel } from '../model/model';

interface IFieldAttributes {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
  onFocus: () => void;
  onBlur: () => void;
}

const FieldContext = React.createContext<IFieldAttributes | null>(null);

/** What the control inside of a `FormField` takes on. */
export function useField(): IFieldAttributes {
  const attributes = React.useContext(FieldContext);
  if (attributes === null) {
    throw new Error('A control is used outside of a FormField.');
  }
  return attributes;
}

/** What the parts of the form are given. */
export interface IFormProps {
  model: NewClusterModel;
  trans: TranslationBundle;
}

export interface IFormFieldProps extends IFormProps {
  field: Field;
  /** Where it is not the usual one. */
  label?: string;
  /** What may be given, where it depends on more than the field; shown while there is no problem. */
  hint?: React.ReactNode;
  /** Takes the whole width of the form, as several lines of text do. */
  wide?: boolean;
  /** The controls are many, and the label is that of all of them. */
  group?: boolean;
  /** Problems are said, and the focus is wanted, elsewhere: at the other field of that name. */
  silent?: boolean;
  /** Where the control is not the usual one of such a field. */
  children?: React.ReactNode;
}

export function FormField(props: IFormFieldProps): React.JSX.Element {
  const { model, trans, field, group, silent } = props;
  const isLines = FORM[field].kind === 'lines';
  useSignal(model.changed);
  const node = React.useRef<HTMLDivElement>(null);
  const id = React.useId();
  const problem = silent ? null : model.problem(field);
  const warning = silent ? null : model.warning(field);
  const note = problem ?? warning ?? props.hint ?? fieldHint(field, trans);
  const wanted = !silent && model.light.wanted === field;
  React.useEffect(() => {
    if (wanted) {
      controlOf(node.current)?.focus();
      model.light.want(null);
    }
  }, [model, wanted]);
  const attributes: IFieldAttributes = {
    id,
    'aria-invalid': problem !== null,
    'aria-describedby': note ? `${id}-note` : undefined,
    onFocus: () => model.light.focus(field),
    onBlur: () => model.light.focus(null)
  };
  const label = props.label ?? fieldLabel(field, trans);
  return (
    <div
      ref={node}
      className={`jp-DaskSlurm-formField ${(props.wide ?? isLines) ? 'jp-DaskSlurm-wide' : ''}`}
      data-field={field}
      data-lit={model.light.lit === field || undefined}
      // Not when it is entered: what scrolls under a mouse at rest is not pointed at.
      onMouseMove={() => model.light.point(field)}
      onMouseLeave={() => model.light.point(null)}
    >
      {group ? (
        <span id={`${id}-label`} className="jp-DaskSlurm-formLabel">
          {label}
        </span>
      ) : (
        <label htmlFor={id} className="jp-DaskSlurm-formLabel">
          {label}
        </label>
      )}
      <FieldContext.Provider value={attributes}>
        {props.children ??
          (isLines ? (
            <AreaField model={model} trans={trans} field={field} />
          ) : (
            <TextField model={model} trans={trans} field={field} />
          ))}
      </FieldContext.Provider>
      {note && (
        <div
          id={`${id}-note`}
          className={noteClass(problem, warning)}
          data-testid={problem !== null ? `problem-${field}` : undefined}
          aria-live={problem !== null ? 'polite' : undefined}
        >
          {note} {problem !== null && <Remedies model={model} trans={trans} field={field} />}
        </div>
      )}
    </div>
  );
}

/** The ways out of a problem, as links behind it: "Use long?", "Use 30 min?". */
function Remedies({ model, trans, field }: IFormProps & { field: Field }): React.JSX.Element {
  return (
    <>
      {model.remedies(field).map(remedy => (
        <React.Fragment key={`${remedy.field} ${remedy.value}`}>
          <button
            type="button"
            className="jp-DaskSlurm-link"
            onClick={() => {
              model.set(remedy.field, remedy.value);
              // The link is gone with the problem; the focus is not to be lost with it.
              model.light.want(remedy.field);
            }}
          >
            {trans.__('Use %1?', remedy.word)}
          </button>{' '}
        </React.Fragment>
      ))}
    </>
  );
}

/** What takes the focus: of radio buttons the one that is chosen. */
function controlOf(field: HTMLElement | null): HTMLElement | null | undefined {
  return (
    field?.querySelector<HTMLElement>('input[type="radio"]:checked') ??
    field?.querySelector<HTMLElement>('input, select, textarea')
  );
}

function noteClass(problem: string | null, warning: string | null): string {
  if (problem !== null) {
    return 'jp-DaskSlurm-fieldProblem';
  }
  return warning !== null ? 'jp-DaskSlurm-fieldWarning' : 'jp-DaskSlurm-fieldHint';
}

export interface IControlProps extends IFormProps {
  field: Field;
  /** What an empty field means where the site says nothing, if that depends on more than the field. */
  fallback?: string;
}

/** What stands in an empty field. */
function placeholderOf({ model, trans, field, fallback }: IControlProps): string | undefined {
  return model.placeholder(field) || (fallback ?? FORM[field].placeholder?.(trans));
}

export function TextField(props: IControlProps): React.JSX.Element {
  const { model, field } = props;
  const attributes = useField();
  return (
    <input
      {...attributes}
      type="text"
      className="jp-DaskSlurm-field"
      inputMode={FORM[field].kind === 'number' ? 'numeric' : undefined}
      autoComplete="off"
      spellCheck={false}
      value={model.values[field]}
      placeholder={placeholderOf(props)}
      onChange={event => model.set(field, event.target.value)}
    />
  );
}

/** Several lines. */
function AreaField(props: IControlProps): React.JSX.Element {
  const { model, field } = props;
  const attributes = useField();
  const text = model.values[field];
  const shown = text || model.placeholder(field);
  return (
    <textarea
      {...attributes}
      className="jp-DaskSlurm-field jp-DaskSlurm-area"
      rows={Math.max(2, Math.min(6, shown.split('\n').length))}
      autoComplete="off"
      spellCheck={false}
      value={text}
      placeholder={placeholderOf(props)}
      onChange={event => model.set(field, event.target.value)}
    />
  );
}

export interface IChoiceFieldProps extends IControlProps {
  choices: readonly string[];
}

/** One of several, or the default; what was chosen and is not among them stays. */
export function ChoiceField({
  model,
  trans,
  field,
  choices
}: IChoiceFieldProps): React.JSX.Element {
  const attributes = useField();
  const value = model.values[field];
  const meant = model.placeholder(field);
  const isKnown = value === '' || choices.includes(value);
  return (
    <HTMLSelect
      {...attributes}
      className="jp-DaskSlurm-select"
      value={value}
      onChange={event => model.set(field, event.target.value)}
    >
      <option value="">{meant ? trans.__('default: %1', meant) : trans.__('default')}</option>
      {(isKnown ? choices : [...choices, value]).map(choice => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </HTMLSelect>
  );
}
