/** Where workers and scheduler start: in the folder of the notebook, unless one says otherwise. */

import * as React from 'react';

import type { IFormProps } from './formfield';
import { FormField } from './formfield';

export function DirectoryField({ model, trans }: IFormProps): React.JSX.Element {
  const { directory } = model.environments;
  const chosen = model.values.directory.trim();
  const hint =
    directory === '' ? undefined : chosen === directory ? (
      trans.__('the folder of your notebook ✓')
    ) : (
      <>
        {trans.__('Your notebook is in %1.', directory)}{' '}
        <button
          type="button"
          className="jp-DaskSlurm-link"
          onClick={() => {
            model.set('directory', directory);
            model.highlight.want('directory');
          }}
        >
          {trans.__('Use it?')}
        </button>
      </>
    );
  return <FormField model={model} trans={trans} field="directory" hint={hint} wide />;
}
