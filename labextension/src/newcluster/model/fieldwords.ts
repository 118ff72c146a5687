/** What the fields of the New cluster form are called. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Field } from './values';

/** In a sentence, or beside a line of the script: "cores", "log directory". */
export function fieldWord(field: string, trans: TranslationBundle): string {
  switch (field as Field | 'config' | 'cluster') {
    case 'config':
      return trans.__('configuration');
    case 'cluster':
      return trans.__('the cluster itself');
    case 'scaling':
      return trans.__('jobs to start with');
    case 'most':
      return trans.__('adapt up to');
    case 'processes':
      return trans.__('workers per job');
    case 'gres':
      return trans.__('GPUs and other resources');
    case 'python':
      return trans.__('Python');
    case 'qos':
      return trans.__('QOS');
    case 'name':
      return trans.__('name');
    case 'partition':
      return trans.__('partition');
    case 'cores':
      return trans.__('cores');
    case 'memory':
      return trans.__('memory');
    case 'walltime':
      return trans.__('walltime');
    case 'account':
      return trans.__('account');
    case 'placement':
      return trans.__('controller');
    case 'controller_partition':
      return trans.__('partition of the controller');
    case 'controller_memory':
      return trans.__('memory of the controller');
    case 'controller_walltime':
      return trans.__('walltime of the controller');
    case 'interface':
      return trans.__('network interface');
    case 'scheduler_interface':
      return trans.__("scheduler's interface");
    case 'log_directory':
      return trans.__('log directory');
    case 'local_directory':
      return trans.__('local directory');
    case 'job_extra_directives':
      return trans.__('extra directives');
    case 'job_script_prologue':
      return trans.__('prologue');
    case 'job_directives_skip':
      return trans.__('directives left out');
    case 'worker_extra_args':
      return trans.__('worker arguments');
    case 'death_timeout':
      return trans.__('death time-out');
    case 'idle_timeout':
      return trans.__('idle time-out');
    case 'maximum_age':
      return trans.__('maximum age');
    default:
      return field.replace(/_/g, ' ');
  }
}

/** Above its field: "Cores per job", "Log directory". */
export function fieldLabel(field: Field, trans: TranslationBundle): string {
  switch (field) {
    case 'cores':
      return trans.__('Cores per job');
    case 'memory':
      return trans.__('Memory per job');
    case 'python':
      return trans.__('Python environment');
    case 'gres':
      return trans.__('Generic resources (gres)');
    default: {
      const word = fieldWord(field, trans);
      return word.charAt(0).toUpperCase() + word.slice(1);
    }
  }
}
