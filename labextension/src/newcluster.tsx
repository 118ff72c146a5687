/** The New cluster form: one job on the left, the script that will be submitted on the right. */

import { HTMLSelect, refreshIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from './context';
import type { IFormProps } from './formfield';
import { FormField, TextField, useField } from './formfield';
import { Leftovers, SiteNotes } from './formnotes';
import { formatBoth, formatBytes, formatDuration, formatNumber } from './format';
import type { NewClusterModel } from './newclustermodel';
import type { IPartition } from './restapi';
import { PythonField } from './pythonfield';
import { ScriptView } from './scriptview';

export function NewClusterForm({ model, trans }: IFormProps): React.JSX.Element {
  useSignal(model.changed);
  const partition = model.partition;
  return (
    <div className="jp-DaskSlurm-new">
      <p className="jp-DaskSlurm-quiet jp-DaskSlurm-newLead">
        {trans.__(
          'Each job is one allocation of the batch system, running dask workers. You say what one job is; the slider multiplies it.'
        )}
      </p>
      <div className="jp-DaskSlurm-newColumns">
        <div className="jp-DaskSlurm-form">
          <SiteNotes model={model} trans={trans} />
          <FormField model={model} field="name" label={trans.__('Name')} wide>
            <span className="jp-DaskSlurm-withButton">
              <TextField model={model} field="name" />
              <button
                type="button"
                className="jp-DaskSlurm-iconButton"
                title={trans.__('Another name')}
                aria-label={trans.__('Another name')}
                onClick={() => model.renew()}
              >
                <refreshIcon.react tag="span" aria-hidden />
              </button>
            </span>
          </FormField>
          {!model.isLocal && (
            <FormField
              model={model}
              field="partition"
              label={trans.__('Partition')}
              hint={partition ? describePartition(partition, trans) : undefined}
              wide
            >
              {(model.site?.partitions.length ?? 0) > 0 ? (
                <PartitionField model={model} trans={trans} />
              ) : (
                <TextField model={model} field="partition" fallback={trans.__('default')} />
              )}
            </FormField>
          )}
          <FormField
            model={model}
            field="cores"
            label={trans.__('Cores per job')}
            hint={
              partition?.cores_per_node
                ? trans.__('1–%1 on a node', formatNumber(partition.cores_per_node))
                : undefined
            }
          >
            <TextField model={model} field="cores" numeric />
          </FormField>
          <FormField
            model={model}
            field="memory"
            label={trans.__('Memory per job')}
            hint={memoryHint(model, trans)}
          >
            <TextField model={model} field="memory" />
          </FormField>
          <FormField
            model={model}
            field="walltime"
            label={trans.__('Walltime')}
            hint={
              partition?.max_walltime
                ? trans.__('up to %1', formatDuration(partition.max_walltime))
                : trans.__('hours:minutes:seconds')
            }
            remedy={<UseRoomier model={model} trans={trans} />}
          >
            <TextField model={model} field="walltime" />
          </FormField>
          <FormField
            model={model}
            field="processes"
            label={trans.__('Workers per job')}
            hint={threadsHint(model, trans)}
          >
            <TextField model={model} field="processes" numeric fallback={trans.__('automatic')} />
          </FormField>
          <FormField
            model={model}
            field="scaling"
            label={trans.__('Jobs to start with')}
            hint={trans.__('the slider changes it later')}
          >
            <TextField model={model} field="scaling" numeric fallback="0" />
          </FormField>
          <FormField
            model={model}
            field="most"
            label={trans.__('Adapt up to')}
            hint={
              model.values.most.trim() === ''
                ? trans.__('jobs; empty: a fixed size')
                : trans.__('jobs, as many as the tasks need')
            }
          >
            <TextField model={model} field="most" numeric fallback={trans.__('fixed')} />
          </FormField>
          {model.asksForPlacement && (
            <FormField
              model={model}
              field="placement"
              label={trans.__('Controller')}
              hint={
                model.placement === 'job'
                  ? trans.__('A small job of its own keeps the cluster alive when Jupyter ends.')
                  : trans.__('It starts at once, and ends with this Jupyter.')
              }
              wide
            >
              <PlacementField model={model} trans={trans} />
            </FormField>
          )}
          <FormField model={model} field="python" label={trans.__('Python environment')} wide>
            <PythonField model={model} trans={trans} />
          </FormField>
          <Leftovers model={model} trans={trans} />
        </div>
        <ScriptView model={model} trans={trans} />
      </div>
    </div>
  );
}

function PartitionField({ model, trans }: IFormProps): React.JSX.Element {
  const attributes = useField();
  const partitions = model.site?.partitions ?? [];
  const configured = model.site?.defaults?.partition;
  const fallback = configured ?? partitions.find(p => p.default)?.name;
  return (
    <HTMLSelect
      {...attributes}
      className="jp-DaskSlurm-select"
      value={model.values.partition}
      onChange={event => model.set('partition', event.target.value)}
    >
      <option value="">
        {fallback ? trans.__('default (%1)', fallback) : trans.__('none chosen')}
      </option>
      {partitions.map(p => (
        <option key={p.name} value={p.name}>
          {p.available ? p.name : trans.__('%1 (down)', p.name)}
        </option>
      ))}
    </HTMLSelect>
  );
}

/** Where the cluster's controller lives. */
function PlacementField({ model, trans }: IFormProps): React.JSX.Element {
  const attributes = useField();
  return (
    <HTMLSelect
      {...attributes}
      className="jp-DaskSlurm-select"
      value={model.placement}
      onChange={event => model.set('placement', event.target.value)}
    >
      {(model.site?.placements ?? []).map(placement => (
        <option key={placement} value={placement}>
          {placement === 'job' ? trans.__('as a Slurm job') : trans.__('beside Jupyter')}
        </option>
      ))}
    </HTMLSelect>
  );
}

/** "41 of 64 cores idle, jobs of up to 30 min". */
export function describePartition(partition: IPartition, trans: TranslationBundle): string {
  const { idle_cores, total_cores, max_walltime } = partition;
  const parts: string[] = [];
  if (!partition.available) {
    parts.push(trans.__('takes no jobs now'));
  }
  if (idle_cores !== null && total_cores) {
    parts.push(
      trans.__('%1 of %2 cores idle', formatNumber(idle_cores), formatNumber(total_cores))
    );
  }
  if (max_walltime) {
    parts.push(trans.__('jobs of up to %1', formatDuration(max_walltime)));
  }
  return parts.join(', ');
}

/** "16 GB = 14.9 GiB, up to 62 GB". */
function memoryHint(model: NewClusterModel, trans: TranslationBundle): string {
  const memory = Number(model.script?.options?.memory ?? 0);
  const most = model.partition?.memory_per_node;
  const parts = [
    memory > 0 && model.problem('memory') === null ? formatBoth(memory) : '',
    most ? trans.__('up to %1', formatBytes(most)) : ''
  ].filter(part => part !== '');
  return parts.length > 0 ? parts.join(', ') : trans.__('for example 16 GB');
}

/** "4 workers × 3 threads". */
function threadsHint(model: NewClusterModel, trans: TranslationBundle): string | undefined {
  const cores = Number(model.script?.options?.cores ?? 0);
  const processes = Number(model.script?.options?.processes ?? 0);
  if (!(cores > 0) || !(processes > 0) || model.problem('processes') !== null) {
    return undefined;
  }
  const threads = Math.floor(cores / processes);
  return `${trans._n('1 worker', '%1 workers', processes)} × ${trans._n('1 thread', '%1 threads', threads)}`;
}

/** The way out of a walltime that is over the partition's limit. */
function UseRoomier({ model, trans }: IFormProps): React.JSX.Element | null {
  const partition = model.roomierPartition;
  return partition === null ? null : (
    <button
      type="button"
      className="jp-DaskSlurm-link"
      onClick={() => model.set('partition', partition.name)}
    >
      {trans.__('Use %1?', partition.name)}
    </button>
  );
}
