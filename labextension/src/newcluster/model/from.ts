/** A New cluster form that begins with what another cluster was. */

import type { ICluster } from '../../api/restapi';
import { fromScaling, isRange, jobSize, toJobs } from '../../clusters/scale';
import { typedValues } from './fill';
import type { NewClusterModel } from './model';
import type { Field } from './values';
import { emptyValues } from './values';

/** Fill in what that cluster was: all but its name, which it still has. */
export function fillFrom(form: NewClusterModel, cluster: ICluster): void {
  const wanted = fromScaling(cluster.scaling);
  const size = isRange(wanted) ? wanted : { jobs: toJobs(wanted, jobSize(cluster.options)) };
  const values = { ...emptyValues(''), ...typedValues(cluster.options, size) };
  for (const [field, text] of Object.entries(values)) {
    if (field !== 'name') {
      form.set(field as Field, text);
    }
  }
  if (cluster.batch_system !== null && cluster.batch_system !== form.site?.batch_system) {
    form.setBatchSystem(cluster.batch_system);
  }
}
