/** Explains the lines of a job script. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJobScript, IScriptLine } from '../../api/restapi';
import { exactDuration } from '../../clusters/words/duration';
import { formatBytes, formatNumber, formatOther, isBinarySize } from '../../clusters/words/format';
import { fieldWord } from '../model/fields';

/**
 * Return the note beside a line: what it means, or where it comes from; null if there is none. The local
 * queue is no Slurm.
 */
export function lineNote(
  line: IScriptLine,
  script: IJobScript,
  isLocal: boolean,
  trans: TranslationBundle
): string | null {
  const taught = explain(line, script, isLocal, trans);
  if (line.from === 'cluster' && line.text.startsWith('#!')) {
    return null; // The first line of any script.
  }
  if (line.from === 'config') {
    // That it comes from the configuration matters more than its meaning.
    const whose = fieldWord('config', trans);
    return taught === null ? whose : trans.__('%1: %2', whose, taught);
  }
  return taught ?? (line.from === null ? null : fieldWord(line.from, trans));
}

/** Whether the line asks for an array although there are no jobs yet. */
export function isMoot(line: IScriptLine, script: IJobScript): boolean {
  return script.jobs === 0 && optionOf(line.text) === '--array';
}

/** Return the option of a line: "--mem" for "#SBATCH --mem=15G", "--lifetime" for "    --lifetime 35m \". */
function optionOf(text: string): string {
  return /^(?:#SBATCH)?\s*(--?[A-Za-z][\w-]*)/.exec(text)?.[1] ?? '';
}

/** Return the value of the option: "15G", "35m". */
function valueOf(text: string): string {
  return text
    .replace(/^(?:#SBATCH)?\s*--?[A-Za-z][\w-]*[=\s]*/, '')
    .replace(/\s*\\$/, '')
    .trim();
}

function explain(
  line: IScriptLine,
  script: IJobScript,
  isLocal: boolean,
  trans: TranslationBundle
): string | null {
  const option = optionOf(line.text);
  const value = valueOf(line.text);
  return line.text.startsWith('#SBATCH')
    ? explainDirective(option, value, { script, isLocal }, trans)
    : line.text.startsWith(' ')
      ? explainArgument(option, value, script, trans)
      : null;
}

function explainDirective(
  option: string,
  value: string,
  { script, isLocal }: { script: IJobScript; isLocal: boolean },
  trans: TranslationBundle
): string | null {
  switch (option) {
    case '-n':
      return isLocal
        ? trans.__('one job is one process')
        : trans.__('one job is one Slurm task, not MPI ranks');
    case '-p':
      return value.includes(',') ? trans.__('whichever starts it first') : null;
    case '-M':
    case '--clusters':
      return trans.__('the Slurm cluster that takes the jobs');
    case '-D':
    case '--chdir':
      return trans.__('where jobs start, and import modules from');
    case '--cpus-per-task':
      return isLocal
        ? trans.__('cores that a job holds')
        : trans.__('cores: what this Slurm counts as a CPU, maybe a hardware thread');
    case '--mem':
      return memoryNote(Number(script.options?.memory ?? 0), isLocal ? null : value, trans);
    case '-t':
      return isLocal
        ? trans.__('walltime: then the queue ends the job')
        : trans.__('walltime: then Slurm ends the job');
    case '-J':
      return trans.__('the name by which its jobs are found');
    case '--array':
      return script.jobs === 0
        ? trans.__('no job at first; 8 would be --array=0-7')
        : trans._n('1 job', '%1 jobs, one submission', script.jobs);
    case '-o':
      return trans.__('one log per job');
    default:
      return null;
  }
}

/** Return "16 GB is 14.9 GiB, Slurm rounds to 15G", or the size alone if nothing rounds it. */
function memoryNote(bytes: number, asked: string | null, trans: TranslationBundle): string | null {
  if (!(bytes > 0)) {
    return null;
  }
  if (asked === null) {
    return trans.__('%1 = %2', formatBytes(bytes, trans), formatOther(bytes, trans));
  }
  if (isBinarySize(bytes)) {
    return trans.__('%1, in the units of Slurm', formatBytes(bytes, trans));
  }
  return trans.__(
    '%1 is %2, Slurm rounds to %3',
    formatBytes(bytes, trans),
    formatOther(bytes, trans),
    asked
  );
}

function explainArgument(
  option: string,
  value: string,
  script: IJobScript,
  trans: TranslationBundle
): string | null {
  const cores = Number(script.options?.cores ?? 0);
  const processes = Number(script.options?.processes ?? 0);
  switch (option) {
    case '--nworkers':
      return trans._n('1 worker in a job', '%1 workers in a job', processes);
    case '--nthreads':
      return processes > 1
        ? trans.__('%1 cores ÷ %2 workers', formatNumber(cores), formatNumber(processes))
        : trans.__('one worker with all cores of the job');
    case '--memory-limit':
      return processes > 1
        ? trans.__('memory ÷ %1, with headroom', formatNumber(processes))
        : trans.__('memory, with headroom');
    case '--lifetime':
      return /^\d+s$/.test(value)
        ? trans.__(
            '%1: workers move their data before the walltime',
            exactDuration(parseInt(value, 10), trans)
          )
        : trans.__('workers move their data before the walltime');
    case '--lifetime-stagger':
      return trans.__('and not all at once');
    case '--death-timeout':
      return trans.__('workers exit if they lose the scheduler');
    case '--nanny':
      return trans.__('restarts a worker that dies');
    case '--name':
      return trans.__("the job's id, by which the cluster knows it");
    case '--preload':
      return value.endsWith('worker_preload.py')
        ? trans.__("closes the worker's plain HTTP port")
        : trans.__('strangers cannot use up its ports');
    case '--no-dashboard':
      return trans.__('the scheduler has one');
    case '--tls-ca-file':
    case '--tls-cert':
      return trans.__('trusts only this cluster');
    case '--tls-key':
      return trans.__('nobody else may connect');
    default:
      return null;
  }
}

/** Split a line at the placeholders for what is known only once the cluster exists. */
export function splitPlaceholders(text: string): { text: string; isPlaceholder: boolean }[] {
  return text
    .split(/(\[(?:id|cluster|scheduler|name)\])/)
    .map((part, index) => ({ text: part, isPlaceholder: index % 2 === 1 }))
    .filter(part => part.text !== '');
}
