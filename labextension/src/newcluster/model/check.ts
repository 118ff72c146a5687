/** What the server says of what is typed into the New cluster form: its script, and its problems. */

import { errorWords } from '../../api/errorwords';
import type { IFieldProblem, IJobScript, IJobScriptRequest } from '../../api/restapi';
import { RestError } from '../../api/restapi';
import { Observable } from '../../base/observable';

/** How long after the last key the script is asked for. */
export const PREVIEW_DELAY = 150;

export class ScriptCheck extends Observable {
  constructor(private readonly _options: ScriptCheck.IOptions) {
    super();
  }

  /** The last script that could be made; null before the first. */
  get script(): IJobScript | null {
    return this._script;
  }

  get problems(): readonly IFieldProblem[] {
    return this._problems;
  }

  /** What went wrong as a whole, in the server's words. */
  get failure(): string | null {
    return this._failure;
  }

  /** An answer is awaited, or will be asked for in a moment. */
  get isChecking(): boolean {
    return this._checking;
  }

  /** The script is not (yet) that of what is typed. */
  get isStale(): boolean {
    return this._checking || this._problems.length > 0 || this._failure !== null;
  }

  /** Something else is typed: the problems that `isGone` are no longer known to be. Asks after a pause. */
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

  /** Until there is an answer to what was typed last. Does not wait for another key to be typed. */
  async settled(): Promise<void> {
    while (this._checking && !this.isDisposed) {
      await (this._timer === null ? this._answer : this.ask());
    }
  }

  forgetFailure(): void {
    this._failure = null;
    this.emit();
  }

  /** The server refused, here or when the cluster was to be created. */
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

  /** Ask for the script of what is typed now. An answer that a newer question overtook is dropped. */
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
      // With a problem there may be no script: the last one stays, and is shown as such.
      const usable = script.lines.length > 0 || this._script === null;
      this._script = usable ? script : { ...script, ...scriptOf(this._script) };
      this._problems = script.problems;
      this._failure = null;
    } catch (error) {
      if (this._isOvertaken(question)) {
        return;
      }
      this.refuse(error);
    }
    this._checking = false;
    this.emit();
  }

  /** A newer question is asked, or about to be. */
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
  private _problems: readonly IFieldProblem[] = [];
  private _failure: string | null = null;
  private _checking = true;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _question = 0;
  /** Fulfilled when the latest question is answered. */
  private _answer: Promise<void> = Promise.resolve();
}

/** The part of an answer that is the script itself. */
function scriptOf(answer: IJobScript | null): Partial<IJobScript> {
  if (answer === null) {
    return {};
  }
  const { script, lines, exports } = answer;
  return { script, lines, exports };
}

export namespace ScriptCheck {
  export interface IOptions {
    /** What is typed now. */
    request: () => IJobScriptRequest;
    ask: (request: IJobScriptRequest) => Promise<IJobScript>;
  }
}
