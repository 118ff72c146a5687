/** GPUs per job: a number, and a type if there are several. Writes the field `gres`. */

import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { formatNumber } from '../../clusters/words/format';
import type { IGpuChoice } from '../model/gpus';
import { readGpus, writeGpus } from '../model/gpus';
import type { IFormProps } from './formfield';
import { FormField, useField } from './formfield';

export function GpuField({ model, trans }: IFormProps): React.JSX.Element {
  const { type } = readGpus(model.values.gres) ?? { type: '' };
  const offered = model.place.bounds.gpus.filter(gpus => type === '' || gpus.type === type);
  const most = Math.max(0, ...offered.map(gpus => gpus.per_node));
  return (
    <FormField
      model={model}
      trans={trans}
      field="gres"
      label={trans.__('GPUs per job')}
      hint={trans.__('0–%1 on a node', formatNumber(most))}
    >
      <GpuChoice model={model} trans={trans} />
    </FormField>
  );
}

function GpuChoice({ model, trans }: IFormProps): React.JSX.Element {
  const attributes = useField();
  const now = readGpus(model.values.gres) ?? { count: '', type: '' };
  // A type without a number is no gres yet; remember it until there is a number.
  const [type, setType] = React.useState(now.type);
  const types = model.place.bounds.gpus.map(gpus => gpus.type).filter(each => each !== null);
  const set = (choice: IGpuChoice): void => {
    setType(choice.type);
    model.set('gres', writeGpus(choice));
  };
  const chosen = now.count === '' ? type : now.type;
  return (
    <span className="jp-DaskSlurm-withButton">
      <input
        {...attributes}
        type="text"
        className="jp-DaskSlurm-field"
        inputMode="numeric"
        autoComplete="off"
        placeholder="0"
        value={now.count}
        onChange={event => set({ count: event.target.value, type: chosen })}
      />
      {types.length > 1 && (
        <HTMLSelect
          className="jp-DaskSlurm-select"
          aria-label={trans.__('Type of GPU')}
          value={chosen}
          onFocus={attributes.onFocus}
          onBlur={attributes.onBlur}
          onChange={event => set({ count: now.count, type: event.target.value })}
        >
          <option value="">{trans.__('any')}</option>
          {types.map(each => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </HTMLSelect>
      )}
    </span>
  );
}
