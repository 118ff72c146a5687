/** Requests the script and the problems for the current values of the form. */

import { errorWords } from '../../api/errorwords';
import type { IFieldProblem, IJobScript, IJobScriptRequest } from '../../api/restapi';
import { RestError } from '../../api/restapi';
import { Observable } from '../../base/observable';

/** Milliseconds from the last key to the request. */
export const PREVIEW_DELAY = 150;

export class ScriptCheck extends Observable {
  constructor(private readonly _options: ScriptCheck.IOptions) {
    super();
  }

  /** The last response; null before the first. It has no lines if a value cannot be used. */
  get script(): IJobScript | null {
    return this._script;
  }

  /** The last response with a script. */
  get shown(): IJobScript | null {
    return this._shown;
  }

  get problems(): readonly IFieldProblem[] {
    return this._problems;
  }

  /** The error of a whole request; null if it did not fail. */
  get failure(): string | null {
    return this._failure;
  }

  /** A request is running, or will be sent in a moment. */
  get isChecking(): boolean {
    return this._checking;
  }

  /** The script is not (yet) that of the current values. */
  get isStale(): boolean {
    return this._checking || this._problems.length > 0 || this._failure !== null;
  }

  /** A value has changed: forget the problems that may be solved, and send a request after a pause. */
  typed(isGone: (problem: IFieldProblem) => boolean): void {
    this._problems = this._problems.filter(problem => !isGone(problem));
    this._failure = null;
    this.askSoon();
  }

  askSoon(): void {
    this._stopTimer();
    this._checking = true;
    this._timer = setTimeout(() => {
      this._timer = null;
      void this.ask();
    }, PREVIEW_DELAY);
    this.emit();
  }

  ask(): Promise<void> {
    this._answer = this._ask();
    return this._answer;
  }

  /** Wait for the response to the current values, and send the request at once. */
  async settled(): Promise<void> {
    while (this._checking && !this.isDisposed) {
      await (this._timer === null ? this._answer : this.ask());
    }
  }

  forgetFailure(): void {
    this._failure = null;
    this.emit();
  }

  /** Take over the error of a request for a script or for a cluster. */
  refuse(error: unknown): void {
    this._failure = errorWords(error);
    if (error instanceof RestError) {
      this._problems =
        error.reason === 'NameTaken'
          ? [{ field: 'name', message: error.message.replace(/^name: */, '') }]
          : error.problems;
      if (this._problems.length > 0) {
        this._failure = null;
      }
    }
    this.emit();
  }

  protected override onDispose(): void {
    this._stopTimer();
  }

  /** Request the script for the current values. The response to an outdated request is dropped. */
  private async _ask(): Promise<void> {
    this._stopTimer();
    const question = ++this._question;
    this._checking = true;
    this.emit();
    try {
      const script = await this._options.ask(this._options.request());
      if (this._isOvertaken(question)) {
        return;
      }
      this._take(script);
    } catch (error) {
      if (this._isOvertaken(question)) {
        return;
      }
      this.refuse(error);
    }
    this._checking = false;
    this.emit();
    if (this._failure === null && (this._script?.checking ?? []).length > 0) {
      // The server has waited for some seconds: the user has not been kept from anything else.
      void this._lookAgain(question);
    }
  }

  private _take(script: IJobScript): void {
    this._script = script;
    if (script.lines.length > 0) {
      this._shown = script;
    }
    this._problems = script.problems;
    this._failure = null;
  }

  /** Request the same script once more, without the form being busy with it. */
  private async _lookAgain(question: number): Promise<void> {
    let script: IJobScript;
    do {
      try {
        script = await this._options.ask(this._options.request());
      } catch {
        return; // The next change of a value tells.
      }
      if (this._isOvertaken(question)) {
        return;
      }
    } while ((script.checking ?? []).length > 0);
    this._take(script);
    this.emit();
  }

  /** A newer request has been sent, or will be in a moment. */
  private _isOvertaken(question: number): boolean {
    return question !== this._question || this._timer !== null || this.isDisposed;
  }

  private _stopTimer(): void {
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
  }

  private _script: IJobScript | null = null;
  private _shown: IJobScript | null = null;
  private _problems: readonly IFieldProblem[] = [];
  private _failure: string | null = null;
  private _checking = true;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _question = 0;
  /** Settles with the last request. */
  private _answer: Promise<void> = Promise.resolve();
}

export namespace ScriptCheck {
  export interface IOptions {
    /** Returns the request for the current values. */
    request: () => IJobScriptRequest;
    ask: (request: IJobScriptRequest) => Promise<IJobScript>;
  }
}
