/** What the site offers, requested seldom, and soon again while the batch system is slow. */

import type { ISite } from '../api/restapi';
import { Observable } from '../base/observable';
import { isIncomplete, isSilent } from './words/status';

/** Milliseconds between background requests. */
const INTERVAL = 20_000;

/** The same while the batch system is slow, or the file system silent: the server waits for it, too. */
const SLOW_INTERVAL = 1000;

/** An event asks again if the answer is older than this: idle cores change with every job. */
const AGE_AT_EVENT = 10_000;

export class SiteWatch extends Observable {
  constructor(private readonly _ask: (background: boolean) => Promise<ISite>) {
    super();
  }

  /** The last answer; null before the first. */
  get site(): ISite | null {
    return this._site;
  }

  /** Ask, unless that is the answer to another background request. */
  async look(background: boolean): Promise<void> {
    if (!background || this._site === null || Date.now() - this._time >= INTERVAL) {
      await this._look(background);
    }
  }

  lookAtEvent(): void {
    if (Date.now() - this._time >= AGE_AT_EVENT) {
      void this._look(true);
    }
  }

  /** Ask. Rejects if there is no answer. */
  async refresh(): Promise<ISite> {
    const site = await this._ask(false);
    this._take(site);
    return site;
  }

  protected override onDispose(): void {
    clearTimeout(this._timer);
  }

  private async _look(background: boolean): Promise<void> {
    this._time = Date.now(); // Set before the request, or a burst of events would send one each.
    try {
      this._take(await this._ask(background));
    } catch (error) {
      // The list of clusters matters more; keep the old site.
      console.warn('dask-slurm: what the site offers could not be read', error);
    }
  }

  private _take(site: ISite): void {
    if (this.isDisposed) {
      return;
    }
    const isSame = JSON.stringify(site) === JSON.stringify(this._site);
    this._site = isSame ? this._site : site;
    this._time = Date.now();
    clearTimeout(this._timer);
    if (isIncomplete(site) || isSilent(site)) {
      this._timer = setTimeout(() => void this._look(true), SLOW_INTERVAL);
    }
    if (!isSame) {
      this.emit();
    }
  }

  private _site: ISite | null = null;
  private _time = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
