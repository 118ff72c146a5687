/** A labelled field of the form: its hint, its problem, and the light it shares with the script. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../../ui/hooks';
import { fieldLabel } from '../model/fieldwords';
import type { NewClusterModel } from '../model/model';
import type { Field } from '../model/values';

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
  /** What may be given; shown while there is no problem. */
  hint?: React.ReactNode;
  /** Takes the whole width of the form. */
  wide?: boolean;
  /** The controls are many, and the label is that of all of them. */
  group?: boolean;
  /** Problems are said, and the focus is wanted, elsewhere: at the other field of that name. */
  silent?: boolean;
  children: React.ReactNode;
}

export function FormField(props: IFormFieldProps): React.JSX.Element {
  const { model, trans, field, hint, wide, group, silent, children } = props;
  useSignal(model.changed);
  const node = React.useRef<HTMLDivElement>(null);
  const id = React.useId();
  const problem = silent ? null : model.problem(field);
  const warning = silent ? null : model.warning(field);
  const note = problem ?? warning ?? hint;
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
      className={`jp-DaskSlurm-formField ${wide ? 'jp-DaskSlurm-wide' : ''}`}
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
      <FieldContext.Provider value={attributes}>{children}</FieldContext.Provider>
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

export interface IControlProps {
  model: NewClusterModel;
  field: Field;
  /** What an empty field means where the site says nothing. */
  fallback?: string;
}

export interface ITextFieldProps extends IControlProps {
  numeric?: boolean;
  /** What an empty field means here, where it is said in other words than the site's. */
  meant?: string;
}

export function TextField(props: ITextFieldProps): React.JSX.Element {
  const { model, field, numeric, fallback } = props;
  const attributes = useField();
  const meant = props.meant ?? model.placeholder(field);
  return (
    <input
      {...attributes}
      type="text"
      className="jp-DaskSlurm-field"
      inputMode={numeric ? 'numeric' : undefined}
      autoComplete="off"
      spellCheck={false}
      value={model.values[field]}
      placeholder={meant || fallback}
      onChange={event => model.set(field, event.target.value)}
    />
  );
}

/** Several lines. */
export function AreaField({ model, field, fallback }: IControlProps): React.JSX.Element {
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
      placeholder={model.placeholder(field) || fallback}
      onChange={event => model.set(field, event.target.value)}
    />
  );
}

export interface IChoiceFieldProps extends IControlProps {
  /** The word for an empty field. */
  fallback: string;
  choices: readonly (readonly [value: string, word: string])[];
}

/** One of several; what was chosen and is not among them stays. */
export function ChoiceField(props: IChoiceFieldProps): React.JSX.Element {
  const { model, field, fallback, choices } = props;
  const attributes = useField();
  const value = model.values[field];
  const isKnown = value === '' || choices.some(([known]) => known === value);
  return (
    <HTMLSelect
      {...attributes}
      className="jp-DaskSlurm-select"
      value={value}
      onChange={event => model.set(field, event.target.value)}
    >
      <option value="">{fallback}</option>
      {(isKnown ? choices : [...choices, [value, value] as const]).map(([choice, word]) => (
        <option key={choice} value={choice}>
          {word}
        </option>
      ))}
    </HTMLSelect>
  );
}
