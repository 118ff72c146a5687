/**
 * The New cluster dialog without a pixel: what was typed, what the server says of it, and what
 * lights up together.
 */

import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { formatBytes, formatWalltime } from './format';
import { friendlyName, isValidName } from './names';
import type { Field, Values } from './newclustervalues';
import { fieldOf, FIELDS, firstValues, optionsOf, scalingOf } from './newclustervalues';
import type {
  BatchSystemName,
  ICluster,
  IEnvironment,
  IFieldProblem,
  IJobScript,
  IOptions,
  IPartition,
  ISite
} from './restapi';
import { RestError } from './restapi';
import type { IClusterManager } from './tokens';

/** How long after the last key the script is asked for. */
export const PREVIEW_DELAY = 150;

const STATE_KEY = 'jupyter-dask-slurm:new-cluster';

export class NewClusterModel implements IDisposable {
  constructor(options: NewClusterModel.IOptions) {
    this._manager = options.manager;
    this._trans = options.trans;
    this._state = options.state ?? null;
    this._values = {
      name: friendlyName(this._manager.clusters.map(cluster => cluster.name)),
      cores: '',
      memory: '',
      walltime: '',
      processes: '',
      partition: '',
      python: '',
      scaling: ''
    };
    this.ready = this._start();
  }

  /** The form is filled in and the first script was asked for. */
  readonly ready: Promise<void>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get values(): Readonly<Values> {
    return this._values;
  }

  get site(): ISite | null {
    return this._manager.site;
  }

  /** Null while not known, and for a server too old to know: then Python is a text field. */
  get environments(): readonly IEnvironment[] | null {
    return this._environments;
  }

  /** The last script that could be made; null before the first. */
  get script(): IJobScript | null {
    return this._script;
  }

  /** The script shown is not (yet) that of what is typed. */
  get isStale(): boolean {
    return this._checking || this._problems.length > 0 || this._failure !== null;
  }

  /** An answer is awaited, or will be asked for in a moment. */
  get isChecking(): boolean {
    return this._checking;
  }

  get isCreating(): boolean {
    return this._creating;
  }

  /** What went wrong as a whole, in the server's words. */
  get failure(): string | null {
    return this._failure;
  }

  /** The field whose lines are lit; also a `from` that is no field, such as "config". */
  get lit(): string | null {
    return this._pointed ?? this._focused;
  }

  /** The batch system to ask for; null is the administrator's choice. */
  get batchSystem(): BatchSystemName | null {
    return this._batchSystem;
  }

  get canCreate(): boolean {
    return !this._checking && !this._creating && this._isFlawless;
  }

  private get _isFlawless(): boolean {
    return (
      this._script !== null &&
      FIELDS.every(field => this.problem(field) === null) &&
      this.otherProblems.length === 0
    );
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._stopTimer();
    Signal.clearData(this);
  }

  /** What is wrong with a field; null when nothing is known to be. */
  problem(field: Field): string | null {
    const own = this._ownProblem(field);
    if (own !== null) {
      return own;
    }
    const found = this._problems.filter(problem => fieldOf(problem.field) === field);
    return found.length > 0 ? found.map(problem => problem.message).join(' ') : null;
  }

  /** Problems with something that has no field here, such as the site's own configuration. */
  get otherProblems(): IFieldProblem[] {
    return this._problems.filter(problem => fieldOf(problem.field) === null);
  }

  warning(field: Field): string | null {
    const found = (this._script?.warnings ?? []).filter(w => fieldOf(w.field) === field);
    return found.length > 0 ? found.map(w => w.message).join(' ') : null;
  }

  get otherWarnings(): IFieldProblem[] {
    return (this._script?.warnings ?? []).filter(w => fieldOf(w.field) === null);
  }

  /** The partition that is chosen, or the site's default one. */
  get partition(): IPartition | null {
    const partitions = this.site?.partitions ?? [];
    const name = this._values.partition || this.site?.defaults?.partition;
    return (name ? partitions.find(p => p.name === name) : partitions.find(p => p.default)) ?? null;
  }

  /** What an empty field stands for, where the site says so. */
  placeholder(field: Field): string {
    const value = this.site?.defaults?.[field];
    if (value === null || value === undefined) {
      return '';
    }
    if (typeof value === 'number') {
      if (field === 'memory') {
        return formatBytes(value);
      }
      return field === 'walltime' ? formatWalltime(value) : String(value);
    }
    return String(value);
  }

  /** A partition whose walltime limit would allow what the chosen one refuses; null if none does. */
  get roomierPartition(): IPartition | null {
    const walltime = Number(this._script?.options?.walltime ?? NaN);
    if (this.problem('walltime') === null || !(walltime > 0)) {
      return null;
    }
    return (
      this.site?.partitions.find(
        p =>
          p.available &&
          p.name !== this.partition?.name &&
          (p.max_walltime === null || p.max_walltime >= walltime)
      ) ?? null
    );
  }

  set(field: Field, text: string): void {
    this._values = { ...this._values, [field]: text };
    this._touched.add(field);
    this._problems = this._problems.filter(problem => fieldOf(problem.field) !== field);
    this._failure = null;
    this._checkSoon();
  }

  setBatchSystem(name: BatchSystemName | null): void {
    this._batchSystem = name;
    this._checkSoon();
  }

  /** Ask once more, after a failure. */
  recheck(): void {
    void this._check();
  }

  /** A field, or a line of the script, is pointed at; null when no longer. */
  point(name: string | null): void {
    this._pointed = name;
    this._changed.emit();
  }

  /** A field has the focus; null when none has. */
  focus(field: Field | null): void {
    this._focused = field;
    this._changed.emit();
  }

  /** Another name, from the dice. */
  renew(): void {
    this.set('name', friendlyName(this._manager.clusters.map(cluster => cluster.name)));
  }

  /**
   * Create the cluster, once what is typed now is checked: Enter may follow the last key at once.
   *
   * Null when it could not be: what is wrong then stands at its field.
   */
  async create(): Promise<ICluster | null> {
    if (this._creating) {
      return null;
    }
    this._creating = true;
    this._changed.emit();
    try {
      await this._checked();
      if (this._isDisposed || !this._isFlawless) {
        return null;
      }
      this._failure = null;
      this._changed.emit();
      const cluster = await this._manager.create({
        name: this._values.name.trim(),
        options: this._options(),
        scaling: scalingOf(this._values),
        ...this._chosenBatchSystem()
      });
      // Remembered for the next one, all but the name.
      void this._state?.save(STATE_KEY, { ...this._values, name: '' });
      return cluster;
    } catch (error) {
      this._onRefused(error);
      return null;
    } finally {
      this._creating = false;
      if (!this._isDisposed) {
        this._changed.emit();
      }
    }
  }

  private async _start(): Promise<void> {
    const [saved] = await Promise.all([
      this._state?.fetch(STATE_KEY).catch(() => undefined),
      this._manager.refreshSite().catch(() => undefined)
    ]);
    const kept = saved !== null && typeof saved === 'object' ? (saved as Partial<Values>) : {};
    const values: Values = { ...this._values, ...firstValues(this.site) };
    for (const field of FIELDS) {
      const value = kept[field];
      if (field !== 'name' && typeof value === 'string') {
        values[field] = value;
      }
    }
    // With nobody to tell the partitions, what was used last is the best there is.
    const partitions = this.site?.partitions ?? [];
    if (partitions.length > 0 && !partitions.some(p => p.name === values.partition)) {
      values.partition = '';
    }
    // What was typed while we looked stays.
    for (const field of this._touched) {
      values[field] = this._values[field];
    }
    this._values = values;
    void this._manager.environments().then(
      environments => {
        this._environments = environments;
        this._changed.emit();
      },
      () => undefined // The text field does as well.
    );
    await this._check();
  }

  private _ownProblem(field: Field): string | null {
    const text = this._values[field].trim();
    if (field === 'name') {
      if (!isValidName(text)) {
        return this._trans.__(
          '1 to 63 letters, digits, “.”, “_” or “-”, beginning with a letter or digit.'
        );
      }
      if (this._manager.clusters.some(cluster => cluster.name === text)) {
        return this._trans.__('There is a cluster of that name already.');
      }
    }
    if (field === 'scaling' && text !== '' && !/^\d+$/.test(text)) {
      return this._trans.__('A whole number, 0 or more.');
    }
    return null;
  }

  private _options(): IOptions {
    // The local queue has no partitions, and the form does not ask for one.
    const isLocal = (this._batchSystem ?? this.site?.batch_system) === 'local';
    return optionsOf(isLocal ? { ...this._values, partition: '' } : this._values);
  }

  private _chosenBatchSystem(): { batch_system?: BatchSystemName } {
    return this._batchSystem === null ? {} : { batch_system: this._batchSystem };
  }

  private _checkSoon(): void {
    this._stopTimer();
    this._checking = true;
    this._timer = setTimeout(() => {
      this._timer = null;
      void this._check();
    }, PREVIEW_DELAY);
    this._changed.emit();
  }

  /** Until there is an answer to what was typed last. Does not wait for another key to be typed. */
  private async _checked(): Promise<void> {
    await this.ready;
    while (this._checking && !this._isDisposed) {
      await (this._timer === null ? this._answer : this._check());
    }
  }

  private _check(): Promise<void> {
    this._answer = this._ask();
    return this._answer;
  }

  /** Ask for the script of what is typed now. An answer that a newer question overtook is dropped. */
  private async _ask(): Promise<void> {
    this._stopTimer();
    const question = ++this._question;
    this._checking = true;
    this._changed.emit();
    const name = this._values.name.trim();
    try {
      const script = await this._manager.jobScript({
        options: this._options(),
        scaling: scalingOf(this._values),
        ...(isValidName(name) ? { name } : {}),
        ...this._chosenBatchSystem()
      });
      if (this._isOvertaken(question)) {
        return;
      }
      // With a problem there may be no script: the last one stays, and is shown as such.
      const usable = script.lines.length > 0 || this._script === null;
      this._script = usable ? script : { ...script, ...scriptOf(this._script) };
      this._problems = script.problems;
      this._failure = null;
    } catch (error) {
      if (this._isOvertaken(question)) {
        return;
      }
      this._onRefused(error);
    }
    this._checking = false;
    this._changed.emit();
  }

  /** A newer question is asked, or about to be. */
  private _isOvertaken(question: number): boolean {
    return question !== this._question || this._timer !== null || this._isDisposed;
  }

  private _onRefused(error: unknown): void {
    this._failure = error instanceof Error ? error.message : String(error);
    if (!(error instanceof RestError)) {
      return;
    }
    if (error.reason === 'NameTaken') {
      this._problems = [{ field: 'name', message: error.message.replace(/^name: */, '') }];
    } else {
      this._problems = error.problems;
    }
    if (this._problems.length > 0) {
      this._failure = null;
    }
  }

  private _stopTimer(): void {
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
  }

  private readonly _manager: IClusterManager;
  private readonly _trans: TranslationBundle;
  private readonly _state: IStateDB | null;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _touched = new Set<Field>();
  private _values: Values;
  private _environments: readonly IEnvironment[] | null = null;
  private _script: IJobScript | null = null;
  private _problems: IFieldProblem[] = [];
  private _failure: string | null = null;
  private _checking = true;
  private _creating = false;
  private _pointed: string | null = null;
  private _focused: Field | null = null;
  private _batchSystem: BatchSystemName | null = null;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _question = 0;
  /** Fulfilled when the latest question is answered. */
  private _answer: Promise<void> = Promise.resolve();
  private _isDisposed = false;
}

/** The part of an answer that is the script itself. */
function scriptOf(answer: IJobScript | null): Partial<IJobScript> {
  return answer === null ? {} : { script: answer.script, lines: answer.lines };
}

export namespace NewClusterModel {
  export interface IOptions {
    manager: IClusterManager;
    trans: TranslationBundle;
    /** Where the last values are remembered. */
    state?: IStateDB | null;
  }
}
