/** The ways out of a problem, as links behind it: "Use long?", "Use 30 min?". */

import * as React from 'react';

import type { IFormProps } from './formfield';
import type { Field } from '../model/values';

export function Remedies({
  model,
  trans,
  field
}: IFormProps & { field: Field }): React.JSX.Element {
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
