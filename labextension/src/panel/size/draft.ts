/**
 * The base of models for a value of the server that the user changes.
 *
 * The draft of the user is shown until the server has it: no event overwrites a value that the user
 * is dragging, or that waits to be sent or is being sent. There is one request at a time.
 */

import { errorWords } from '../../api/errorwords';
import { isUnreachable } from '../../api/restapi';
import { Observable } from '../../base/observable';

/** Milliseconds from the last key to the request. */
export const KEY_DELAY = 400;

export abstract class DraftModel<T> extends Observable {
  constructor(server: T) {
    super();
    this._server = server;
  }

  /** The wanted value: the user's draft, or the server's value. */
  get wanted(): T {
    return this._draft ?? this._server;
  }

  /** The user drags or types, or the draft has not been sent yet. */
  get isBusy(): boolean {
    return this._draft !== null || this._typing;
  }

  /** The user types a number and has not committed it yet. */
  get isTyping(): boolean {
    return this._typing;
  }

  set isTyping(typing: boolean) {
    this._typing = typing;
  }

  get isSending(): boolean {
    return this._sending;
  }

  /** Why the last request failed; null if it did not. */
  get error(): string | null {
    return this._error;
  }

  /** Whether the draft could not be sent because there was no server, and is sent when it is back. */
  get isWaiting(): boolean {
    return this._error !== null && this._isWaiting;
  }

  /** The server is back: send the draft that has waited for that. */
  resend(): void {
    if (this.isWaiting && this._isIdle) {
      void this._flush();
    }
  }

  /** Send the draft again after a failure. */
  retry(): void {
    void this._flush();
  }

  /** Drop the draft, and show the server's value again. */
  reset(): void {
    this._stopTimer();
    this._held = false;
    this._draft = null;
    this._error = null;
    this._typing = false;
    this.emit();
  }

  /** Send a draft to the server. Resolves to the server's value. */
  protected abstract send(draft: T): Promise<T>;

  /** Whether the server's value is that of the draft. */
  protected abstract arrived(draft: T, server: T): boolean;

  protected override onDispose(): void {
    this._stopTimer();
  }

  /** The server's value. */
  protected get server(): T {
    return this._server;
  }

  /** Take over the server's value. The caller emits the change. */
  protected take(server: T): void {
    this._server = server;
    if (this._error !== null && this._isIdle && this._hasArrived(this._draft)) {
      // Only the response was lost: the server has the draft.
      this._draft = null;
      this._error = null;
    }
  }

  /** Start dragging: until `letGo`, nothing is sent and nothing overwrites the draft. */
  protected hold(): void {
    this._stopTimer();
    this._held = true;
    this._draft = this.wanted;
    this.emit();
  }

  /** End dragging, and send the draft. */
  protected letGo(): void {
    if (this._held) {
      this._held = false;
      void this._flush();
    }
  }

  /** Change the draft: while dragging, or by keys, and then it is sent after a pause. */
  protected change(draft: T): void {
    this._draft = draft;
    this._error = null;
    if (!this._held) {
      this._stopTimer();
      this._timer = setTimeout(() => {
        this._timer = null;
        void this._flush();
      }, KEY_DELAY);
    }
    this.emit();
  }

  /** Set the draft, and send it at once. */
  protected give(draft: T): void {
    this._stopTimer();
    this._draft = draft;
    this._error = null;
    void this._flush();
  }

  /** Send the draft, one request at a time. Only the latest of several drafts is sent. */
  private async _flush(): Promise<void> {
    if (this._sending) {
      this.emit();
      return; // The loop below looks again.
    }
    this._sending = true;
    this._error = null;
    this.emit();
    try {
      for (;;) {
        const draft = this._draft;
        if (draft === null) {
          break;
        }
        if (this._hasArrived(draft)) {
          this._settle(draft); // Back at the server's value: nothing to send.
        } else {
          this._server = await this.send(draft);
          this._settle(draft);
        }
        if (!this._isIdle) {
          break; // The user changes it again: the end of that sends it.
        }
      }
    } catch (error) {
      if (this._isIdle && this._hasArrived(this._draft)) {
        this._draft = null; // An event has confirmed it meanwhile.
      } else {
        this._error = errorWords(error);
        this._isWaiting = isUnreachable(error);
      }
    } finally {
      this._sending = false;
      this.emit();
    }
  }

  /** Drop the draft that has been sent; a newer one stays. */
  private _settle(sent: T): void {
    if (this._draft === sent && this._isIdle) {
      this._draft = null;
    }
  }

  /** The user does not drag, and no pause after a key is running. */
  private get _isIdle(): boolean {
    return this._timer === null && !this._held;
  }

  private _hasArrived(draft: T | null): boolean {
    return draft !== null && this.arrived(draft, this._server);
  }

  private _stopTimer(): void {
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
  }

  private _server: T;
  private _draft: T | null = null;
  private _held = false;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _typing = false;
  private _sending = false;
  private _error: string | null = null;
  private _isWaiting = false;
}
