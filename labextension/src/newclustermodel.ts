/** The New cluster dialog without a pixel: what was typed, what is said of it, what lights up together. */

import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';

import { friendlyName, isValidName } from './names';
import { ScriptCheck } from './newclustercheck';
import { meaningOfEmpty, partitionOf, roomierThan } from './newclustersite';
import type { Field, Values } from './newclustervalues';
import {
  emptyValues,
  fieldOf,
  FIELDS,
  firstValues,
  optionsOf,
  rememberedValues,
  scalingOf
} from './newclustervalues';
import { Observable } from './observable';
import type {
  BatchSystemName,
  ICluster,
  IEnvironment,
  IFieldProblem,
  IJobScript,
  IJobScriptRequest,
  IOptions,
  IPartition,
  ISite,
  Placement
} from './restapi';
import type { IClusterManager } from './tokens';

export { PREVIEW_DELAY } from './newclustercheck';

const STATE_KEY = 'jupyter-dask-slurm:new-cluster';

export class NewClusterModel extends Observable {
  constructor(options: NewClusterModel.IOptions) {
    super();
    this._manager = options.manager;
    this._trans = options.trans;
    this._state = options.state ?? null;
    this._values = emptyValues(this._newName());
    this._check = new ScriptCheck({
      request: () => this._request(),
      ask: request => this._manager.jobScript(request)
    });
    this._check.changed.connect(() => this.emit());
    this.ready = this._start();
  }

  /** The form is filled in and the first script was asked for. */
  readonly ready: Promise<void>;

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
    return this._check.script;
  }

  /** The script shown is not (yet) that of what is typed. */
  get isStale(): boolean {
    return this._check.isStale;
  }

  /** An answer is awaited, or will be asked for in a moment. */
  get isChecking(): boolean {
    return this._check.isChecking;
  }

  get isCreating(): boolean {
    return this._creating;
  }

  /** What went wrong as a whole, in the server's words. */
  get failure(): string | null {
    return this._check.failure;
  }

  /** The field whose lines are lit; also a `from` that is no field, such as "config". */
  get lit(): string | null {
    return this._pointed ?? this._focused;
  }

  /** The batch system to ask for; null is the administrator's choice. */
  get batchSystem(): BatchSystemName | null {
    return this._batchSystem;
  }

  /** The cluster would run on the local queue, which has no partitions. */
  get isLocal(): boolean {
    return (this._batchSystem ?? this.site?.batch_system) === 'local';
  }

  /** Where the controller lives is a question: beside Jupyter it would end with it. */
  get asksForPlacement(): boolean {
    const placements = this.site?.placements ?? [];
    return !this.isLocal && placements.length > 1 && !!this.site?.ends_with;
  }

  /** Where the controller will live. */
  get placement(): Placement {
    const chosen = this.asksForPlacement ? this._values.placement : '';
    return (chosen || this.site?.defaults?.placement || 'local') as Placement;
  }

  get canCreate(): boolean {
    return !this.isChecking && !this._creating && this._isFlawless;
  }

  private get _isFlawless(): boolean {
    return (
      this.script !== null &&
      FIELDS.every(field => this.problem(field) === null) &&
      this.otherProblems.length === 0
    );
  }

  protected override onDispose(): void {
    this._check.dispose();
  }

  /** What is wrong with a field; null when nothing is known to be. */
  problem(field: Field): string | null {
    const own = this._ownProblem(field);
    if (own !== null) {
      return own;
    }
    const found = this._check.problems.filter(problem => fieldOf(problem.field) === field);
    return found.length > 0 ? found.map(problem => problem.message).join(' ') : null;
  }

  /** Problems with something that has no field here, such as the site's own configuration. */
  get otherProblems(): IFieldProblem[] {
    return this._check.problems.filter(problem => fieldOf(problem.field) === null);
  }

  warning(field: Field): string | null {
    const found = (this.script?.warnings ?? []).filter(w => fieldOf(w.field) === field);
    return found.length > 0 ? found.map(w => w.message).join(' ') : null;
  }

  get otherWarnings(): IFieldProblem[] {
    return (this.script?.warnings ?? []).filter(w => fieldOf(w.field) === null);
  }

  /** The partition that is chosen, or the site's default one. */
  get partition(): IPartition | null {
    return partitionOf(this.site, this._values.partition);
  }

  /** What an empty field stands for, where the site says so. */
  placeholder(field: Field): string {
    return meaningOfEmpty(this.site, field);
  }

  /** A partition whose walltime limit would allow what the chosen one refuses; null if none does. */
  get roomierPartition(): IPartition | null {
    const walltime = Number(this.script?.options?.walltime ?? NaN);
    return this.problem('walltime') === null
      ? null
      : roomierThan(this.partition, walltime, this.site);
  }

  set(field: Field, text: string): void {
    this._values = { ...this._values, [field]: text };
    this._touched.add(field);
    this._check.typed(problem => fieldOf(problem.field) === field);
  }

  setBatchSystem(name: BatchSystemName | null): void {
    this._batchSystem = name;
    this._check.askSoon();
  }

  /** Ask once more, after a failure. */
  recheck(): void {
    void this._check.ask();
  }

  /** A field, or a line of the script, is pointed at; null when no longer. */
  point(name: string | null): void {
    this._pointed = name;
    this.emit();
  }

  /** A field has the focus; null when none has. */
  focus(field: Field | null): void {
    this._focused = field;
    this.emit();
  }

  /** Another name, from the dice. */
  renew(): void {
    this.set('name', this._newName());
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
    this.emit();
    try {
      await this.ready;
      await this._check.settled();
      if (this.isDisposed || !this._isFlawless) {
        return null;
      }
      this._check.forgetFailure();
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
      this._check.refuse(error);
      return null;
    } finally {
      this._creating = false;
      this.emit();
    }
  }

  private async _start(): Promise<void> {
    const [saved] = await Promise.all([
      this._state?.fetch(STATE_KEY).catch(() => undefined),
      this._manager.refreshSite().catch(() => undefined)
    ]);
    const values: Values = {
      ...this._values,
      ...firstValues(this.site),
      ...rememberedValues(saved)
    };
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
        this.emit();
      },
      () => undefined // The text field does as well.
    );
    await this._check.ask();
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
    const isJobs = field === 'scaling' || field === 'most';
    if (isJobs && text !== '' && !/^\d+$/.test(text)) {
      return this._trans.__('A whole number, 0 or more.');
    }
    if (field === 'most' && text !== '' && Number(text) < Number(this._values.scaling)) {
      return this._trans.__('Not below the jobs to start with.');
    }
    return null;
  }

  private _options(): IOptions {
    // What the form does not ask for is left open, though it was chosen at another site.
    return optionsOf({
      ...this._values,
      ...(this.isLocal ? { partition: '' } : {}),
      ...(this.asksForPlacement ? {} : { placement: '' })
    });
  }

  private _request(): IJobScriptRequest {
    const name = this._values.name.trim();
    return {
      options: this._options(),
      scaling: scalingOf(this._values),
      ...(isValidName(name) ? { name } : {}),
      ...this._chosenBatchSystem()
    };
  }

  private _newName(): string {
    return friendlyName(this._manager.clusters.map(cluster => cluster.name));
  }

  private _chosenBatchSystem(): { batch_system?: BatchSystemName } {
    return this._batchSystem === null ? {} : { batch_system: this._batchSystem };
  }

  private readonly _manager: IClusterManager;
  private readonly _trans: TranslationBundle;
  private readonly _state: IStateDB | null;
  private readonly _check: ScriptCheck;
  private readonly _touched = new Set<Field>();
  private _values: Values;
  private _environments: readonly IEnvironment[] | null = null;
  private _creating = false;
  private _pointed: string | null = null;
  private _focused: Field | null = null;
  private _batchSystem: BatchSystemName | null = null;
}

export namespace NewClusterModel {
  export interface IOptions {
    manager: IClusterManager;
    trans: TranslationBundle;
    /** Where the last values are remembered. */
    state?: IStateDB | null;
  }
}
