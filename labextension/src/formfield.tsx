/** A labelled field of the form: its hint, its problem, and the light it shares with the script. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from './context';
import type { NewClusterModel } from './newclustermodel';
import type { Field } from './newclustervalues';

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

export interface IFormFieldProps {
  model: NewClusterModel;
  field: Field;
  label: string;
  /** What may be given; shown while there is no problem. */
  hint?: string;
  /** The way out of a problem. */
  remedy?: React.ReactNode;
  /** Takes the whole width of the form. */
  wide?: boolean;
  children: React.ReactNode;
}

export function FormField(props: IFormFieldProps): React.JSX.Element {
  const { model, field, label, hint, remedy, wide, children } = props;
  useSignal(model.changed);
  const id = React.useId();
  const problem = model.problem(field);
  const warning = model.warning(field);
  const note = problem ?? warning ?? hint;
  const attributes: IFieldAttributes = {
    id,
    'aria-invalid': problem !== null,
    'aria-describedby': note ? `${id}-note` : undefined,
    onFocus: () => model.focus(field),
    onBlur: () => model.focus(null)
  };
  return (
    <div
      className={`jp-DaskSlurm-formField ${wide ? 'jp-DaskSlurm-wide' : ''}`}
      data-field={field}
      data-lit={model.lit === field || undefined}
      onMouseEnter={() => model.point(field)}
      onMouseLeave={() => model.point(null)}
    >
      <label htmlFor={id}>{label}</label>
      <FieldContext.Provider value={attributes}>{children}</FieldContext.Provider>
      {note && (
        <div
          id={`${id}-note`}
          className={
            problem !== null
              ? 'jp-DaskSlurm-fieldProblem'
              : warning !== null
                ? 'jp-DaskSlurm-fieldWarning'
                : 'jp-DaskSlurm-fieldHint'
          }
          data-testid={problem !== null ? `problem-${field}` : undefined}
          aria-live={problem !== null ? 'polite' : undefined}
        >
          {note} {problem !== null && remedy}
        </div>
      )}
    </div>
  );
}

export interface ITextFieldProps {
  model: NewClusterModel;
  field: Field;
  numeric?: boolean;
  /** What an empty field means where the site says nothing. */
  fallback?: string;
}

export function TextField({ model, field, numeric, fallback }: ITextFieldProps): React.JSX.Element {
  const attributes = useField();
  return (
    <input
      {...attributes}
      type="text"
      className="jp-DaskSlurm-field"
      inputMode={numeric ? 'numeric' : undefined}
      autoComplete="off"
      spellCheck={false}
      value={model.values[field]}
      placeholder={model.placeholder(field) || fallback}
      onChange={event => model.set(field, event.target.value)}
    />
  );
}
