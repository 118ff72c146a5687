/** The model of the New cluster form: the values, and what is known about them. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  BatchSystemName,
  ICluster,
  IEstimate,
  IFieldProblem,
  IJobScript,
  IJobScriptRequest,
  ISite
} from '../../api/restapi';
import { Observable } from '../../base/observable';
import { NotebookKernel } from '../../clusters/kernel';
import { friendlyName } from '../../clusters/names';
import type { IClusterManager } from '../../clusters/tokens';
import { isIncomplete } from '../../clusters/words/status';
import { ScriptCheck } from './check';
import { ChosenSite } from './chosensite';
import { Creation } from './creation';
import { Environments } from './environments';
import { StartEstimate } from './estimate';
import type { Field } from './fields';
import { FIELDS } from './fields';
import { fittingSite } from './fill';
import { Highlight } from './highlight';
import { clusterLimit } from './limits';
import type { IPlace } from './place';
import { placeOf, requestOf } from './place';
import { doubts, ownProblem, withoutField, wordsAt } from './problems';
import type { IRemedy } from './remedies';
import { remediesOf } from './remedies';
import { Replaced } from './replaced';
import { wordsForEmpty } from './site';
import type { Start } from './start';
import { StartingPoints } from './start';
import type { Values } from './values';
import { emptyValues, fieldOf } from './values';

export class NewClusterModel extends Observable {
  constructor(options: NewClusterModel.IOptions) {
    super();
    this._manager = options.manager;
    this._trans = options.trans;
    this.replaced = new Replaced(this._manager, options.replaces ?? null);
    this._values = emptyValues(this.replaced.name ?? this._newName());
    this.kernel = options.kernel ?? new NotebookKernel(null);
    this.environments = new Environments(this._manager, this.kernel);
    this.start = new StartingPoints(this._manager, this.environments);
    this._check = new ScriptCheck({
      request: () => this._request(),
      ask: request => this._manager.jobScript(request)
    });
    this._estimate = new StartEstimate(request => this._manager.estimate(request));
    this._site = new ChosenSite(this._manager);
    this.creation = new Creation(this._check, {
      isReady: insist => this._isFlawless && (insist || doubts(this.script).length === 0),
      send: async () => {
        await this.replaced.end();
        const cluster = await this._manager.create({
          ...this._request(),
          name: this._values.name.trim()
        });
        this.start.remember(this._values);
        return cluster;
      },
      begun: () => this.ready
    });
    for (const part of this._parts) {
      part.changed.connect(() => this.emit());
    }
    this._check.changed.connect(this._onChecked, this);
    this._manager.changed.connect(this._onChecked, this);
    this.ready = this._begin();
  }

  /** There is something to lose: more than what the form began with. */
  hasEdits = false;
  /** Resolves once the form is filled in and the first script was requested. */
  readonly ready: Promise<void>;
  readonly start: StartingPoints;
  readonly creation: Creation;
  readonly replaced: Replaced;
  /** The kernel of the open notebook. */
  readonly kernel: NotebookKernel;
  readonly environments: Environments;
  readonly highlight = new Highlight();

  get values(): Readonly<Values> {
    return this._values;
  }

  get site(): ISite | null {
    return this._site.site;
  }

  /** The last response; null before the first. It has no lines if a value cannot be used. */
  get script(): IJobScript | null {
    return this._check.script;
  }

  /** The last response with a script. */
  get shown(): IJobScript | null {
    return this._check.shown;
  }

  get isStale(): boolean {
    return this._check.isStale;
  }

  /** A request is running, or will be sent in a moment. */
  get isChecking(): boolean {
    return this._check.isChecking;
  }

  get isCreating(): boolean {
    return this.creation.isRunning;
  }

  /** The error of a whole request; null if it did not fail. */
  get failure(): string | null {
    return this._check.failure;
  }

  /** The number of clusters that are allowed, if there are as many. */
  get clusterLimit(): number | null {
    return clusterLimit(this._manager.site, this.replaced.others);
  }

  /** The estimated start of a job; null while not known. */
  get estimate(): IEstimate | null {
    return this._estimate.estimate;
  }

  /** The chosen batch system; null is the administrator's choice. */
  get batchSystem(): BatchSystemName | null {
    return this._batchSystem;
  }

  /** Where the cluster would run, as far as that is chosen. */
  get place(): IPlace {
    return placeOf(this.site, this._batchSystem, this._values);
  }

  get canCreate(): boolean {
    return !this.isChecking && !this.isCreating && this._isFlawless && this.clusterLimit === null;
  }

  /** The fields with problems, in the order of the form. */
  get flawed(): readonly Field[] {
    const { leftOut } = this.place;
    return FIELDS.filter(field => !leftOut.includes(field) && this.problem(field) !== null);
  }

  private get _isFlawless(): boolean {
    return this.script !== null && this.flawed.length === 0 && this.otherProblems.length === 0;
  }

  protected override onDispose(): void {
    this._manager.changed.disconnect(this._onChecked, this);
    for (const part of [this._check, ...this._parts]) {
      part.dispose();
    }
  }

  private get _parts(): Observable[] {
    const { creation, replaced, environments, start, highlight, kernel } = this;
    return [this._estimate, this._site, creation, replaced, environments, start, highlight, kernel];
  }

  /** Return what is wrong with a field; null if nothing is known to be. */
  problem(field: Field): string | null {
    const { others } = this.replaced;
    const taken = (name: string): boolean => others.some(other => other.name === name);
    const own = ownProblem(field, this._values, taken, this._trans);
    return own ?? wordsAt(field, this._check.problems);
  }

  /** Return values that would solve the problem of a field. */
  remedies(field: Field): IRemedy[] {
    const isFine = this.problem(field) === null && !doubts(this.script, field).length;
    return isFine
      ? []
      : remediesOf(field, this.script?.options, this._values, this.site, this._trans);
  }

  /** Problems without a field here, such as those of the site's configuration. */
  get otherProblems(): IFieldProblem[] {
    return withoutField(this._check.problems, this.place);
  }

  warning(field: Field): string | null {
    return wordsAt(field, this.script?.warnings ?? []);
  }

  get otherWarnings(): IFieldProblem[] {
    return withoutField(this.script?.warnings ?? [], this.place);
  }

  /** Return the words for an empty field; empty if it has no default. */
  placeholder(field: Field): string {
    const site = field === 'slurm_cluster' ? this._manager.site : this.site;
    return wordsForEmpty(site, field, this._trans);
  }

  set(field: Field, text: string): void {
    this._values = { ...this._values, [field]: text };
    this._touched.add(field);
    this.hasEdits = true;
    this.creation.forget();
    if (field === 'slurm_cluster') {
      void this._moveTo(text);
    }
    this._check.typed(problem => fieldOf(problem.field) === field);
  }

  setBatchSystem(name: BatchSystemName | null): void {
    this._batchSystem = name;
    this._check.askSoon();
  }

  recheck(): void {
    void this._check.ask();
  }

  renew(): void {
    const had = this.hasEdits;
    this.set('name', this._newName());
    this.hasEdits = had;
  }

  /** Fill in the form from a starting point; the name stays. */
  startFrom(start: Start): void {
    this._values = { ...this._values, ...this.start.values(start, this.site) };
    this.start.choose(start);
    this._touched.clear();
    this.hasEdits = false;
    void this._moveTo(this._values.slurm_cluster);
    // All problems were those of other values.
    this._check.typed(() => true);
  }

  /** The values differ from the starting point. */
  get isChanged(): boolean {
    return this.start.isLeftBy(this._values, this.site);
  }

  /** Save the values as a profile, and continue from it. Resolves to false if the server refused. */
  async saveProfile(name: string): Promise<boolean> {
    const { options, scaling } = this._request();
    const saved = await this.start.save(name.trim(), { options, scaling });
    if (saved) {
      // As the server reads it: "10" has become "00:10:00".
      this.startFrom(this.start.chosen);
    }
    return saved;
  }

  /**
   * Create the cluster once the current values are checked: Enter may follow the last key at once.
   *
   * Resolves to null if that failed, or if it is doubtful whether the jobs will start and one did not
   * `insist`; the reason is shown at its field, and the first of them has the focus then.
   */
  async create({ insist = false } = {}): Promise<ICluster | null> {
    const cluster = await this.creation.create(insist);
    if (cluster === null && !this.isDisposed && !this.isCreating && this.flawed.length > 0) {
      this.highlight.want(this.flawed[0]);
    }
    return cluster;
  }

  private async _begin(): Promise<void> {
    await Promise.all([this.start.recall(), this._manager.refreshSite().catch(() => undefined)]);
    await this.start.begin(this.site);
    const values = { ...this._values, ...this.start.values(this.start.chosen, this.site) };
    // Keep what was typed meanwhile.
    for (const field of this._touched) {
      values[field] = this._values[field];
    }
    this._values = values;
    this.environments.changed.connect(this._onNotebook, this);
    await this._site.choose(values.slurm_cluster);
    void this.environments.load();
    await this._check.ask();
  }

  /** The notebook says more of itself: fill that in where nobody has typed. */
  private _onNotebook(): void {
    const values = this.start.refilled(this._values, this._touched, this.site);
    if (values !== this._values) {
      this._values = values;
      this._check.askSoon();
    }
  }

  /** Drop what that Slurm cluster does not have. */
  private async _moveTo(slurmCluster: string): Promise<void> {
    await this._site.choose(slurmCluster);
    if (slurmCluster === this._values.slurm_cluster) {
      this._values = { ...emptyValues(''), ...fittingSite(this._values, this.site) };
      this._check.askSoon();
    }
  }

  /** Update after a change of the script, its problems or the site. */
  private _onChecked(): void {
    const wasIncomplete = this._wasIncomplete;
    this._wasIncomplete = isIncomplete(this.site);
    if (wasIncomplete && !this._wasIncomplete) {
      this._check.askSoon(); // Now the site's limits are known.
    }
    const { options, batch_system } = this._request();
    const request = this.canCreate ? { options, batch_system } : null;
    const idle = (this.site?.partitions ?? []).map(p => `${p.name} ${p.idle_cores}`).join();
    this._estimate.follow(request, idle);
    this.emit();
  }

  private _request(): IJobScriptRequest {
    return requestOf(this._values, this.place, this._batchSystem);
  }

  private _newName(): string {
    return friendlyName(this._manager.clusters.map(cluster => cluster.name));
  }

  private readonly _manager: IClusterManager;
  private readonly _trans: TranslationBundle;
  private readonly _check: ScriptCheck;
  private readonly _estimate: StartEstimate;
  private readonly _site: ChosenSite;
  private readonly _touched = new Set<Field>();
  private _values: Values;
  private _wasIncomplete = false;
  private _batchSystem: BatchSystemName | null = null;
}

export namespace NewClusterModel {
  export interface IOptions {
    manager: IClusterManager;
    trans: TranslationBundle;
    /** The kernel of the open notebook. The model disposes of it. */
    kernel?: NotebookKernel;
    /** The cluster whose place, and name, the new one takes. */
    replaces?: ICluster;
  }
}
