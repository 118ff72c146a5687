/** The choice between the Slurm clusters of a site. */

import * as React from 'react';

import type { IFormProps } from './formfield';
import { ChoiceField, FormField } from './formfield';

export function SlurmClusterField(props: IFormProps): React.JSX.Element {
  const choices = props.model.site?.slurm_clusters ?? [];
  return (
    <FormField {...props} field="slurm_cluster" wide>
      <ChoiceField {...props} field="slurm_cluster" choices={choices} />
    </FormField>
  );
}
