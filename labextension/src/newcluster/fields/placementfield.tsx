/** Where the controller of the cluster runs. */

import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { formatDuration } from '../../clusters/words/format';
import { longestLife } from '../model/sentence';
import type { IFormProps } from './formfield';
import { FormField, useField } from './formfield';

export function PlacementField({ model, trans }: IFormProps): React.JSX.Element {
  const lives = longestLife(model);
  const hint =
    model.place.placement === 'job'
      ? lives === null
        ? trans.__('A small job of its own keeps the cluster alive when Jupyter ends.')
        : trans.__(
            'A small job of its own keeps the cluster alive when Jupyter ends, for %1 at most.',
            formatDuration(lives, trans)
          )
      : model.place.asksForPlacement
        ? trans.__('It starts at once, and ends with this Jupyter.')
        : trans.__('It starts at once, and outlives this Jupyter.');
  return (
    <FormField model={model} trans={trans} field="placement" hint={hint} wide>
      <Placements model={model} trans={trans} />
    </FormField>
  );
}

function Placements({ model, trans }: IFormProps): React.JSX.Element {
  const attributes = useField();
  return (
    <HTMLSelect
      {...attributes}
      className="jp-DaskSlurm-select"
      value={model.place.placement}
      onChange={event => model.set('placement', event.target.value)}
    >
      {(model.site?.placements ?? []).map(placement => (
        <option key={placement} value={placement}>
          {placement === 'job' ? trans.__('as a Slurm job') : trans.__('on the Jupyter host')}
        </option>
      ))}
    </HTMLSelect>
  );
}
