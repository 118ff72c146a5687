/**
 * The fields of the New cluster form, in one table. Pure.
 *
 * Adding an option takes one entry: parsing, formatting, labels and "More options" follow the table.
 */

import type { TranslationBundle } from '@jupyterlab/translation';

type Words = (trans: TranslationBundle) => string;

/**
 * How a value is written: `walltime` and `duration` with a unit ("8 h") or as Slurm's, bare a number of minutes and
 * of seconds, `lines` one per line,
 * `variables` as lines NAME=value.
 */
export type Kind = 'text' | 'number' | 'size' | 'walltime' | 'duration' | 'lines' | 'variables';

export interface IField {
  kind: Kind;
  /** The name in a sentence, or beside a line of the script: "log directory". */
  word: Words;
  /** The label, if it is not the word with a capital letter. */
  label?: Words;
  /** What may be entered, if that is always the same. */
  hint?: Words;
  /** Shown in an empty field if the site has no default. */
  placeholder?: Words;
  /** 0 means never. */
  zeroIsNever?: true;
  /** The name and the size of a cluster are not options of its jobs. */
  isOption?: false;
  /** An option of the job that the controller may run in. */
  ofController?: true;
  /** On the local queue, it is not sent; or it is sent, but the form does not ask for it. */
  onLocalQueue?: 'left out' | 'hidden';
  /** It is shown among "More options". */
  more?: true;
}

/** In the order of the form. */
const TABLE = {
  name: { kind: 'text', word: trans => trans.__('name'), isOption: false },
  slurm_cluster: {
    kind: 'text',
    word: trans => trans.__('Slurm cluster'),
    hint: trans => trans.__('which Slurm takes the jobs'),
    placeholder: trans => trans.__('default'),
    onLocalQueue: 'left out'
  },
  partition: {
    kind: 'text',
    word: trans => trans.__('partition'),
    placeholder: trans => trans.__('default'),
    onLocalQueue: 'left out'
  },
  cores: {
    kind: 'number',
    word: trans => trans.__('cores'),
    label: trans => trans.__('Cores per job')
  },
  memory: {
    kind: 'size',
    word: trans => trans.__('memory'),
    label: trans => trans.__('Memory per job'),
    hint: trans => trans.__('for example 16 GB')
  },
  walltime: {
    kind: 'walltime',
    word: trans => trans.__('walltime'),
    hint: trans => trans.__('for example 30 min, 2 h or 1-12:00')
  },
  processes: {
    kind: 'number',
    word: trans => trans.__('workers per job'),
    placeholder: trans => trans.__('automatic')
  },
  /** The number of jobs at first; with `most`, the minimum of an adapting cluster. */
  scaling: {
    kind: 'number',
    word: trans => trans.__('jobs to start with'),
    hint: trans => trans.__('the slider changes it later'),
    placeholder: () => '0',
    isOption: false
  },
  python: {
    kind: 'text',
    word: trans => trans.__('Python'),
    label: trans => trans.__('Python environment'),
    placeholder: trans => trans.__('the one JupyterLab runs in')
  },
  directory: {
    kind: 'text',
    word: trans => trans.__('working directory'),
    hint: trans => trans.__('where workers start, and import modules from'),
    placeholder: trans => trans.__("JupyterLab's own")
  },
  most: {
    kind: 'number',
    word: trans => trans.__('adapt up to'),
    placeholder: trans => trans.__('fixed'),
    isOption: false,
    more: true
  },
  account: {
    kind: 'text',
    word: trans => trans.__('account'),
    placeholder: trans => trans.__('default'),
    onLocalQueue: 'left out',
    more: true
  },
  qos: {
    kind: 'text',
    word: trans => trans.__('QOS'),
    placeholder: trans => trans.__('default'),
    onLocalQueue: 'left out',
    more: true
  },
  gres: {
    kind: 'text',
    word: trans => trans.__('GPUs and other resources'),
    label: trans => trans.__('Generic resources (gres)'),
    hint: trans => trans.__('per job, such as gpu:1 or gpu:a100:2'),
    placeholder: trans => trans.__('none'),
    onLocalQueue: 'left out',
    more: true
  },
  environment: {
    kind: 'variables',
    word: trans => trans.__('environment variables'),
    hint: trans => trans.__('one NAME=value per line, without quotes'),
    placeholder: () => 'OMP_NUM_THREADS=1',
    more: true
  },
  job_script_prologue: {
    kind: 'lines',
    word: trans => trans.__('prologue'),
    hint: trans => trans.__('one command per line, run before workers and scheduler start'),
    placeholder: () => 'module load gcc',
    more: true
  },
  job_extra_directives: {
    kind: 'lines',
    word: trans => trans.__('extra directives'),
    hint: trans => trans.__('one per line, without #SBATCH'),
    placeholder: () => '--constraint=avx512',
    onLocalQueue: 'hidden',
    more: true
  },
  job_directives_skip: {
    kind: 'lines',
    word: trans => trans.__('omit directives'),
    hint: trans => trans.__('containing any of these'),
    placeholder: () => '--mem',
    onLocalQueue: 'hidden',
    more: true
  },
  worker_extra_args: {
    kind: 'lines',
    word: trans => trans.__('worker arguments'),
    hint: trans => trans.__('one option per line, for dask worker'),
    placeholder: () => '--resources GPU=1',
    more: true
  },
  idle_timeout: {
    kind: 'duration',
    word: trans => trans.__('idle time-out'),
    hint: trans => trans.__('stops after this long unused'),
    zeroIsNever: true,
    more: true
  },
  maximum_age: {
    kind: 'duration',
    word: trans => trans.__('maximum age'),
    hint: trans => trans.__('stops at this age, whatever it does'),
    zeroIsNever: true,
    more: true
  },
  death_timeout: {
    kind: 'duration',
    word: trans => trans.__('worker time-out'),
    hint: trans => trans.__('workers exit if they lose the scheduler for this long'),
    more: true
  },
  placement: {
    kind: 'text',
    word: trans => trans.__('controller'),
    onLocalQueue: 'left out',
    more: true
  },
  controller_partition: {
    kind: 'text',
    word: trans => trans.__('partition of the controller'),
    placeholder: trans => trans.__('that of the jobs'),
    ofController: true,
    more: true
  },
  controller_memory: {
    kind: 'size',
    word: trans => trans.__('memory of the controller'),
    placeholder: () => '1 GB',
    ofController: true,
    more: true
  },
  controller_walltime: {
    kind: 'walltime',
    word: trans => trans.__('walltime of the controller'),
    placeholder: () => '7-00:00:00',
    ofController: true,
    more: true
  },
  interface: {
    kind: 'text',
    word: trans => trans.__('network interface'),
    hint: trans => trans.__('of the workers'),
    placeholder: () => 'eth0',
    more: true
  },
  scheduler_interface: {
    kind: 'text',
    word: trans => trans.__("scheduler's interface"),
    placeholder: trans => trans.__('that of the workers'),
    more: true
  },
  local_directory: {
    kind: 'text',
    word: trans => trans.__('local directory'),
    hint: trans => trans.__('where workers spill to disk'),
    placeholder: () => '$TMPDIR',
    more: true
  },
  log_directory: {
    kind: 'text',
    word: trans => trans.__('log directory'),
    placeholder: trans => trans.__("the cluster's own"),
    more: true
  }
} satisfies Record<string, IField>;

export type Field = keyof typeof TABLE;

export const FORM: Readonly<Record<Field, IField>> = TABLE;

export const FIELDS = Object.keys(TABLE) as readonly Field[];

/** The fields that are options of the cluster. */
export const OPTION_FIELDS = FIELDS.filter(field => FORM[field].isOption !== false);

/** Whether its text has several lines. */
export function hasLines(field: Field): boolean {
  const { kind } = FORM[field];
  return kind === 'lines' || kind === 'variables';
}

export function isField(name: string): name is Field {
  return Object.hasOwn(TABLE, name);
}

/** Return the word for a field, or for the other origins of script lines: "config" and "cluster". */
export function fieldWord(name: string, trans: TranslationBundle): string {
  switch (name) {
    case 'config':
      return trans.__('configuration');
    case 'cluster':
      return trans.__('the cluster itself');
  }
  return isField(name) ? FORM[name].word(trans) : name.replace(/_/g, ' ');
}

/** Return the label of a field: "Cores per job", "Log directory". */
export function fieldLabel(field: Field, trans: TranslationBundle): string {
  const { label, word } = FORM[field];
  return label?.(trans) ?? capitalized(word(trans));
}

/** Return what may be entered: "of the workers"; empty if there is nothing to say. */
export function fieldHint(field: Field, trans: TranslationBundle): string {
  const { hint, zeroIsNever } = FORM[field];
  const words = hint?.(trans) ?? '';
  return zeroIsNever ? trans.__('%1; 0 = never', words) : words;
}

/** Return the name of a field where it stands alone: "Memory". */
export function fieldTitle(field: Field, trans: TranslationBundle): string {
  return capitalized(FORM[field].word(trans));
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
