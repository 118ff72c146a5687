/** What the form can start from: the last used values, the site's defaults, or a profile. */

import { errorWords } from '../../api/errorwords';
import type { IProfile, IProfileChange, ISite } from '../../api/restapi';
import { Observable } from '../../base/observable';
import type { IClusterManager } from '../../clusters/tokens';
import type { Field } from './fields';
import type { NotebookSource } from './fill';
import {
  firstValues,
  fittingSite,
  namesDirectory,
  NOTEBOOK_FIELDS,
  notebookValues,
  rememberedValues,
  typedValues
} from './fill';
import { unruled } from './limits';
import type { Values } from './values';
import { emptyValues } from './values';

/** "last", "site", or "profile:" and its name. */
export type Start = 'last' | 'site' | `profile:${string}`;

export class StartingPoints extends Observable {
  constructor(
    private readonly _manager: IClusterManager,
    private readonly _environments: NotebookSource
  ) {
    super();
  }

  /** Null while not known, and from an older server. */
  get profiles(): readonly IProfile[] | null {
    return this._profiles;
  }

  get chosen(): Start {
    return this._chosen;
  }

  /** The chosen profile, or null. */
  get profile(): IProfile | null {
    return this._profiles?.find(p => startOf(p) === this._chosen) ?? null;
  }

  get isRemembered(): boolean {
    return Object.keys(this._remembered).length > 0;
  }

  /** The error of the last request; null if it did not fail. */
  get failure(): string | null {
    return this._failure;
  }

  get isBusy(): boolean {
    return this._busy;
  }

  /**
   * Read the last used values, before the form is filled in. Never rejects.
   *
   * The server keeps them: some are shell, and the state of JupyterLab comes with a workspace, which may
   * be somebody else's.
   */
  async recall(): Promise<void> {
    this._remembered = rememberedValues(await this._manager.lastValues().catch(() => null));
    this._chosen = this.isRemembered ? 'last' : 'site';
  }

  /** Choose what the form begins with, once the site is known, and request the profiles. Never rejects. */
  async begin(site: ISite | null): Promise<void> {
    const name = site?.limits?.default_profile ?? null;
    const only = site?.limits?.profiles_only ?? false;
    const loaded = this.load();
    if (only || (name !== null && !this.isRemembered)) {
      await loaded;
      const ofSite = (this._profiles ?? []).filter(({ source }) => source !== 'user');
      const profile = ofSite.find(each => each.name === name) ?? (only ? ofSite[0] : undefined);
      this._chosen = profile ? startOf(profile) : this._chosen;
    }
  }

  /** Remember the values for the next cluster, except the name. */
  remember(values: Readonly<Values>): void {
    void this._manager.keepLastValues({ ...values, name: '' }).catch(() => undefined);
  }

  /** Request the profiles. Never rejects. */
  async load(): Promise<void> {
    try {
      this._profiles = await this._manager.profiles();
      this._failure = null;
    } catch (error) {
      this._failure = errorWords(error);
    }
    this.emit();
  }

  /** Return the values of a starting point, except the name. Those of the open notebook count more than
   * the last used ones, and less than a profile's. */
  values(start: Start, site: ISite | null): Omit<Values, 'name'> {
    const profile = this._profiles?.find(p => startOf(p) === start);
    const last = start === 'last' ? unruled(fittingSite(this._remembered, site), site) : {};
    const notebook = unruled(notebookValues(this._environments, site), site);
    const own = typedValues(profile?.options ?? {}, profile?.scaling ?? null);
    if (namesDirectory(own.job_extra_directives ?? last.job_extra_directives)) {
      delete notebook.directory;
    }
    const first = unruled(firstValues(site), site);
    const values: Partial<Values> = { ...emptyValues(''), ...first, ...last, ...notebook, ...own };
    delete values.name;
    return values as Omit<Values, 'name'>;
  }

  /** Return the values with what the notebook says by now, but where they were typed. */
  refilled(values: Values, typed: ReadonlySet<Field>, site: ISite | null): Values {
    const begun = this.values(this._chosen, site);
    return NOTEBOOK_FIELDS.filter(
      field => !typed.has(field) && begun[field] !== values[field]
    ).reduce((filled, field) => ({ ...filled, [field]: begun[field] }), values);
  }

  /** Whether the values differ from those of the chosen starting point. */
  isLeftBy(values: Readonly<Values>, site: ISite | null): boolean {
    return Object.entries(this.values(this._chosen, site)).some(
      ([field, text]) => values[field as Field].trim() !== text.trim()
    );
  }

  choose(start: Start): void {
    this._chosen = start;
    this._failure = null;
    this.emit();
  }

  /**
   * Save a profile of the user's, and choose it. Resolves to false if the server refused.
   *
   * It is for other notebooks, too: the folder of this one is not in it.
   */
  save(name: string, change: IProfileChange): Promise<boolean> {
    const { directory, ...others } = change.options;
    const options = directory === this._environments.directory ? others : change.options;
    return this._do(async () => {
      const saved = await this._manager.saveProfile(name, { ...change, options });
      const others = (this._profiles ?? []).filter(p => p.name !== saved.name);
      this._profiles = [...others, saved];
      this._chosen = startOf(saved);
    });
  }

  /** Delete the chosen profile; the form keeps its values. */
  remove(): Promise<boolean> {
    const { profile } = this;
    return this._do(async () => {
      if (profile !== null) {
        await this._manager.deleteProfile(profile.name);
        this._chosen = this.isRemembered ? 'last' : 'site';
        // Another one of that name may have been hidden by it.
        this._profiles = await this._manager.profiles();
      }
    });
  }

  private async _do(act: () => Promise<void>): Promise<boolean> {
    if (this._busy) {
      return false;
    }
    this._busy = true;
    this._failure = null;
    this.emit();
    try {
      await act();
    } catch (error) {
      this._failure = errorWords(error);
    }
    this._busy = false;
    this.emit();
    return this._failure === null;
  }

  private _remembered: Partial<Values> = {};
  private _profiles: readonly IProfile[] | null = null;
  private _chosen: Start = 'site';
  private _failure: string | null = null;
  private _busy = false;
}

export function startOf({ name }: IProfile): Start {
  return `profile:${name}`;
}

/** Whether this is a valid name of a profile. The server checks it again. */
export function isProfileName(name: string): boolean {
  return /^[^/\p{C}\p{Zl}\p{Zp}]{1,63}$/u.test(name.trim());
}
