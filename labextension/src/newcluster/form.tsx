/** The New cluster form: the options of one job on the left, the resulting script on the right. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { formatBytes, formatDuration, formatNumber, workersText } from '../clusters/words/format';
import { useSignal } from '../ui/hooks';
import { AccountField } from './fields/accountfield';
import { DirectoryField } from './fields/directoryfield';
import { FormField, TextField } from './fields/formfield';
import type { IFormProps } from './fields/formfield';
import { GpuField } from './fields/gpufield';
import { MoreOptions } from './fields/moreoptions';
import { Leftovers, SiteNotes } from './fields/notes';
import { PartitionField } from './fields/partitionfield';
import { PlacementField } from './fields/placementfield';
import { PythonField } from './fields/pythonfield';
import { ReplacedNote } from './fields/replacednote';
import { SlurmClusterField } from './fields/slurmclusterfield';
import { StartField } from './fields/startfield';
import type { NewClusterModel } from './model/model';
import { ScriptView } from './script/view';

export function NewClusterForm({ model, trans }: IFormProps): React.JSX.Element {
  useSignal(model.changed);
  const props = { model, trans };
  const { bounds, asksForAccount, asksForGpus, asksForPlacement, isLocal, offersSlurmCluster } =
    model.place;
  return (
    <div className="jp-DaskSlurm-new">
      <p className="jp-DaskSlurm-quiet jp-DaskSlurm-newLead">
        {trans.__(
          'Each job is one allocation of the batch system, running Dask workers. Describe one job; the slider sets how many run.'
        )}
      </p>
      <div className="jp-DaskSlurm-newColumns">
        <div className="jp-DaskSlurm-form jp-DaskSlurm-formColumn">
          <ReplacedNote {...props} />
          <SiteNotes {...props} />
          <ClusterNameField {...props} />
          <StartField {...props} />
          {offersSlurmCluster && <SlurmClusterField {...props} />}
          {!isLocal && <PartitionField {...props} />}
          {asksForAccount && <AccountField {...props} field="account" />}
          <FormField
            {...props}
            field="cores"
            hint={bounds.cores ? trans.__('1–%1 on a node', formatNumber(bounds.cores)) : undefined}
          />
          <FormField {...props} field="memory" hint={memoryHint(model, trans)} />
          <FormField {...props} field="walltime" hint={walltimeHint(model, trans)}>
            <TextField
              {...props}
              field="walltime"
              fallback={
                bounds.defaultWalltime ? formatDuration(bounds.defaultWalltime, trans) : undefined
              }
            />
          </FormField>
          <FormField {...props} field="processes" hint={threadsHint(model, trans)} />
          <FormField {...props} field="scaling" hint={model.script?.job_limit?.message} />
          {asksForGpus && <GpuField {...props} />}
          {asksForPlacement && <PlacementField {...props} />}
          <PythonField {...props} />
          <DirectoryField {...props} />
          <MoreOptions {...props} />
          <Leftovers {...props} />
        </div>
        <ScriptView {...props} />
      </div>
    </div>
  );
}

function ClusterNameField({ model, trans }: IFormProps): React.JSX.Element {
  return (
    <FormField model={model} trans={trans} field="name" wide>
      <span className="jp-DaskSlurm-withButton">
        <TextField model={model} trans={trans} field="name" />
        <button
          type="button"
          className="jp-DaskSlurm-iconButton"
          title={trans.__('Another Name')}
          aria-label={trans.__('Another Name')}
          onClick={() => model.renew()}
        >
          <refreshIcon.react tag="span" aria-hidden />
        </button>
      </span>
    </FormField>
  );
}

/** Return "up to 62 GB". */
function memoryHint(model: NewClusterModel, trans: TranslationBundle): string | undefined {
  const most = model.place.bounds.memory;
  return most ? trans.__('up to %1', formatBytes(most, trans)) : undefined;
}

/** Return "up to 30 min". */
function walltimeHint(model: NewClusterModel, trans: TranslationBundle): string | undefined {
  const most = model.place.bounds.walltime;
  return most ? trans.__('up to %1', formatDuration(most, trans)) : undefined;
}

/** Return "4 workers × 3 threads". */
function threadsHint(model: NewClusterModel, trans: TranslationBundle): string | undefined {
  const cores = Number(model.script?.options?.cores ?? 0);
  const processes = Number(model.script?.options?.processes ?? 0);
  if (!(cores > 0) || !(processes > 0) || model.problem('processes') !== null) {
    return undefined;
  }
  const threads = Math.floor(cores / processes);
  return trans.__(
    '%1 × %2',
    workersText(processes, trans),
    trans._n('%2 thread', '%2 threads', threads, formatNumber(threads))
  );
}
