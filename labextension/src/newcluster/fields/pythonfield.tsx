/** The Python environment: one of the known ones, or a path. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { NewClusterModel } from '../model/model';
import type { IFormProps } from './formfield';
import { FormField, TextField, useField } from './formfield';

const OTHER = '\u0000other';

const EXAMPLE = '/path/to/bin/python';

export function PythonField({ model, trans }: IFormProps): React.JSX.Element {
  return (
    <FormField model={model} trans={trans} field="python" hint={notebookHint(model, trans)} wide>
      <PythonChoice model={model} trans={trans} />
    </FormField>
  );
}

/** Tasks are pickled between notebook and workers: both should run the same Python. */
function notebookHint(model: NewClusterModel, trans: TranslationBundle): React.ReactNode {
  const notebook = model.environments.ofNotebook;
  switch (model.kernel.state) {
    case 'busy':
      return trans.__(
        "Your notebook's kernel is busy: it is asked for its Python once it is idle."
      );
    case 'silent':
      if (notebook === null) {
        return trans.__("Your notebook's kernel did not say which Python it runs.");
      }
  }
  const meant = model.values.python || model.site?.defaults?.python;
  if (notebook === null || !meant) {
    return undefined;
  }
  if (notebook.python === meant) {
    return trans.__('the same as your notebook ✓');
  }
  return (
    <>
      {trans.__('Your notebook runs %1.', notebook.display_name)}{' '}
      <button
        type="button"
        className="jp-DaskSlurm-link"
        onClick={() => {
          model.set('python', notebook.python);
          model.highlight.want('python');
        }}
      >
        {trans.__('Use it?')}
      </button>
    </>
  );
}

/** A choice among the known environments, or a path. */
function PythonChoice({ model, trans }: IFormProps): React.JSX.Element {
  const attributes = useField();
  const { values } = model;
  const environments = model.environments.all;
  const [typing, setTyping] = React.useState(false);
  const known = environments?.some(e => e.python === values.python) ?? false;
  if (environments === null || environments.length === 0) {
    return <TextField model={model} trans={trans} field="python" />;
  }
  const fallback = environments.find(e => e.python === model.site?.defaults?.python);
  const other = (typing && !known) || (values.python !== '' && !known);
  return (
    <>
      <HTMLSelect
        {...attributes}
        className="jp-DaskSlurm-select"
        // The path of the default selects the default.
        value={other ? OTHER : values.python === fallback?.python ? '' : values.python}
        onChange={event => {
          const isOther = event.target.value === OTHER;
          setTyping(isOther);
          model.set('python', isOther ? '' : event.target.value);
        }}
      >
        <option value="">
          {fallback
            ? trans.__('default: %1', fallback.display_name)
            : model.placeholder('python') || trans.__('default (the one JupyterLab runs in)')}
        </option>
        {environments
          .filter(environment => environment !== fallback)
          .map(environment => (
            <option key={environment.python} value={environment.python} title={environment.python}>
              {environment.display_name}
            </option>
          ))}
        <option value={OTHER}>{trans.__('other…')}</option>
      </HTMLSelect>
      {other && (
        <input
          type="text"
          className="jp-DaskSlurm-field"
          aria-label={trans.__('Path of the Python interpreter')}
          placeholder={EXAMPLE}
          spellCheck={false}
          value={values.python}
          onChange={event => model.set('python', event.target.value)}
        />
      )}
    </>
  );
}
