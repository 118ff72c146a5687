/** A labelled field of the form with its hint or problem, highlighted together with its script lines. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../../ui/hooks';
import type { Field } from '../model/fields';
import { fieldLabel, FORM, hasLines } from '../model/fields';
import { isHidden, isLocked, limitedHint } from '../model/limits';
import type { NewClusterModel } from '../model/model';
import { understood } from '../model/values';

interface IFieldAttributes {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
  onFocus: () => void;
  onBlur: () => void;
}

const FieldContext = React.createContext<IFieldAttributes | null>(null);

/** Return the attributes for the control inside of a `FormField`. */
export function useField(): IFieldAttributes {
  const attributes = React.useContext(FieldContext);
  if (attributes === null) {
    throw new Error('A control is used outside of a FormField.');
  }
  return attributes;
}

/** The props of all parts of the form. */
export interface IFormProps {
  model: NewClusterModel;
  trans: TranslationBundle;
}

/** The props of a part that is about one field. */
export interface IFieldProps extends IFormProps {
  field: Field;
}

export interface IFormFieldProps extends IFormProps {
  field: Field;
  /** Instead of the label in the table of fields. */
  label?: string;
  /** Instead of the hint in the table of fields. Shown if there is no problem. */
  hint?: React.ReactNode;
  /** Takes the whole width of the form; text of several lines does by default. */
  wide?: boolean;
  /** There are several controls, and the label is for all of them. */
  group?: boolean;
  /** Another field of that name shows the problems and takes the focus. */
  silent?: boolean;
  /** Instead of the usual control for a field of that kind. */
  children?: React.ReactNode;
}

export function FormField(props: IFormFieldProps): React.JSX.Element | null {
  const { model, trans, field, group, silent } = props;
  const isLines = hasLines(field);
  useSignal(model.changed);
  const node = React.useRef<HTMLDivElement>(null);
  const id = React.useId();
  const problem = silent ? null : model.problem(field);
  const warning = silent ? null : model.warning(field);
  const said = problem !== null ? 'problem' : warning !== null ? 'warning' : undefined;
  const locked = isLocked(model.site, model.values, field);
  const hint = locked ? undefined : props.hint;
  const note = problem ?? warning ?? hint ?? limitedHint(model.site, field, trans);
  const echo = understood(field, model.values[field], trans);
  const wanted = !silent && model.highlight.wanted === field;
  React.useEffect(() => {
    if (wanted) {
      controlOf(node.current)?.focus();
      model.highlight.want(null);
    }
  }, [model, wanted]);
  const attributes: IFieldAttributes = {
    id,
    'aria-invalid': problem !== null,
    'aria-describedby':
      [echo && `${id}-echo`, note && `${id}-note`].filter(Boolean).join(' ') || undefined,
    onFocus: () => model.highlight.focus(field),
    onBlur: () => model.highlight.focus(null)
  };
  const label = props.label ?? fieldLabel(field, trans);
  // One that is being emptied does not vanish below the cursor.
  const seen = React.useRef(false);
  seen.current ||= said !== undefined || !isHidden(model.site, model.values, field);
  if (!seen.current) {
    return null;
  }
  return (
    <div
      ref={node}
      className={`jp-DaskSlurm-formField ${(props.wide ?? isLines) ? 'jp-DaskSlurm-wide' : ''}`}
      data-field={field}
      data-lit={model.highlight.lit === field || undefined}
      // Not on mouseenter: scrolling moves fields under a resting mouse.
      onMouseMove={() => model.highlight.point(field)}
      onMouseLeave={() => model.highlight.point(null)}
    >
      {group ? (
        <span id={`${id}-label`} className="jp-DaskSlurm-formLabel">
          {label}
        </span>
      ) : (
        <span className="jp-DaskSlurm-labelRow">
          <label htmlFor={id} className="jp-DaskSlurm-formLabel">
            {label}
          </label>
          {echo && (
            <span
              id={`${id}-echo`}
              className="jp-DaskSlurm-echo"
              title={echo}
              data-testid={`echo-${field}`}
            >
              = {echo}
            </span>
          )}
        </span>
      )}
      <fieldset className="jp-DaskSlurm-fieldset" role="presentation" disabled={locked}>
        <FieldContext.Provider value={attributes}>
          {props.children ??
            (isLines ? (
              <AreaField model={model} trans={trans} field={field} />
            ) : (
              <TextField model={model} trans={trans} field={field} />
            ))}
        </FieldContext.Provider>
      </fieldset>
      {note && (
        <div
          id={`${id}-note`}
          className={noteClass(problem, warning)}
          data-testid={said && `${said}-${field}`}
          aria-live={said && 'polite'}
        >
          {note} {!silent && <Remedies model={model} trans={trans} field={field} />}
        </div>
      )}
    </div>
  );
}

/** Links that solve a problem: "Use long?", "Use 30 min?". */
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
              // The link disappears with the problem; keep the focus.
              model.highlight.want(remedy.field);
            }}
          >
            {trans.__('Use %1?', remedy.word)}
          </button>{' '}
        </React.Fragment>
      ))}
    </>
  );
}

/** Return the control to focus: of radio buttons the checked one. */
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
  /** Instead of the placeholder in the table of fields. Shown if the site has no default. */
  fallback?: string;
  /** The id of a `datalist` with values to choose from. */
  list?: string;
}

/** Return the placeholder of an empty field. */
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
      list={props.list}
      inputMode={FORM[field].kind === 'number' ? 'numeric' : undefined}
      autoComplete="off"
      spellCheck={false}
      value={model.values[field]}
      placeholder={placeholderOf(props)}
      onChange={event => model.set(field, event.target.value)}
    />
  );
}

/** A text of several lines. */
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

/** A select element with a default. A value that is not among the choices is kept. */
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
      <option value="">
        {meant ? trans.__('default: %1', meant) : FORM[field].placeholder?.(trans)}
      </option>
      {(isKnown ? choices : [...choices, value]).map(choice => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </HTMLSelect>
  );
}
