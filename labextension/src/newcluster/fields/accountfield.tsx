/** An account or a QOS: a choice if the site knows them, otherwise a text. */

import * as React from 'react';

import { formatNumber } from '../../clusters/words/format';
import { namesFor } from '../model/site';
import type { IFieldProps } from './formfield';
import { ChoiceField, FormField } from './formfield';

export function AccountField(props: IFieldProps): React.JSX.Element {
  const { model, trans, field } = props;
  const { partition, qos } = model.values;
  const names = namesFor(model.site, partition, field === 'qos' ? 'qos' : 'account');
  const most = field === 'qos' && qos !== '' ? model.place.bounds.cores : null;
  const hint = most === null ? undefined : trans.__('up to %1 cores a job', formatNumber(most));
  return (
    <FormField {...props} hint={hint}>
      {names.length > 0 ? <ChoiceField {...props} choices={names} /> : undefined}
    </FormField>
  );
}
