/**
 * A value that the server has and a hand changes, without a pixel.
 *
 * The server's word is taken over by `take`, except while a hand holds the value, a change waits to
 * be sent or is being sent: an event never overwrites what a hand is moving. One request at a time.
 */

import { errorWords } from '../../api/errorwords';
import { Observable } from '../../base/observable';

/** How long after the last key a change made by keys is sent. */
export const KEY_DELAY = 400;

export abstract class DraftModel<T> extends Observable {
  constructor(server: T) {
    super();
    this._server = server;
  }

  /** What is wanted: by the hand, or else by the server. */
  get wanted(): T {
    return this._draft ?? this._server;
  }

  /** A hand holds it or types a number, or its change is not with the server yet. */
  get isBusy(): boolean {
    return this._draft !== null || this._typing;
  }

  /** A number is being typed, and not given yet. */
  get isTyping(): boolean {
    return this._typing;
  }

  set isTyping(typing: boolean) {
    this._typing = typing;
  }

  get isSending(): boolean {
    return this._sending;
  }

  /** Why the last change did not reach the server; null when it did. */
  get error(): string | null {
    return this._error;
  }

  /** Send once more what could not be sent. */
  retry(): void {
    void this._flush();
  }

  /** Forget what the hand chose, and show the server's word again. */
  reset(): void {
    this._stopTimer();
    this._held = false;
    this._draft = null;
    this._error = null;
    this._typing = false;
    this.emit();
  }

  /** Carry a draft to the server; what it has then. */
  protected abstract send(draft: T): Promise<T>;

  /** Whether a server that has `server` has been given `draft`. */
  protected abstract arrived(draft: T, server: T): boolean;

  protected override onDispose(): void {
    this._stopTimer();
  }

  /** What the server has. */
  protected get server(): T {
    return this._server;
  }

  /** The server's word. The caller says that it changed. */
  protected take(server: T): void {
    this._server = server;
    if (this._error !== null && this._isIdle && this._hasArrived(this._draft)) {
      // Only the answer was lost: what was asked for is there.
      this._draft = null;
      this._error = null;
    }
  }

  /** Taken in hand: until `letGo`, nothing is sent and nothing overwrites it. */
  protected hold(): void {
    this._stopTimer();
    this._held = true;
    this._draft = this.wanted;
    this.emit();
  }

  /** The hand lets go: what it chose is sent. */
  protected letGo(): void {
    if (this._held) {
      this._held = false;
      void this._flush();
    }
  }

  /** Another value: in a hand that holds it, or else by keys, and sent after a pause. */
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

  /** A value was given: sent at once. */
  protected give(draft: T): void {
    this._stopTimer();
    this._draft = draft;
    this._error = null;
    void this._flush();
  }

  /** Send the draft, one request at a time; what was chosen meanwhile follows, the rest is skipped. */
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
          this._settle(draft); // Back where it was: nothing to say.
        } else {
          this._server = await this.send(draft);
          this._settle(draft);
        }
        if (!this._isIdle) {
          break; // In hand again: its own release or pause sends it.
        }
      }
    } catch (error) {
      if (this._isIdle && this._hasArrived(this._draft)) {
        this._draft = null; // An event has said meanwhile that it arrived.
      } else {
        this._error = errorWords(error);
      }
    } finally {
      this._sending = false;
      this.emit();
    }
  }

  /** `sent` has arrived; a newer draft stays. */
  private _settle(sent: T): void {
    if (this._draft === sent && this._isIdle) {
      this._draft = null;
    }
  }

  /** No hand holds it, and no pause after a key runs. */
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
}
