/** Notices at once when the Jupyter server goes: it holds a websocket open that ends with the server. */

import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';

import { isUnreachable } from '../api/restapi';
import { Observable } from '../base/observable';

/** Milliseconds after which a websocket that ended is opened again: a proxy may end each at once. */
const PAUSE = 1000;

/** Milliseconds between looks for a server that is gone. */
const GONE_INTERVAL = 3000;

export class ServerWatch extends Observable {
  /** `look` asks the server for anything, and has what comes of it noted here. */
  constructor(
    private readonly _settings: ServerConnection.ISettings,
    private readonly _look: () => void
  ) {
    super();
  }

  /** Whether the last request found no server. */
  get isGone(): boolean {
    return this._isGone;
  }

  /** Return that answer of the server, or its error. */
  async of<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (isUnreachable(error)) {
        this._setGone(true);
        this._look();
      }
      throw error;
    }
  }

  /** There is a server: watch it from now on. */
  noteAnswer(): void {
    this._setGone(false);
    if (!this.isDisposed && this._socket === null && Date.now() - this._time >= PAUSE) {
      this._time = Date.now();
      this._open();
    }
  }

  noteFailure(error: unknown): void {
    this._setGone(isUnreachable(error));
    if (this._isGone && !this.isDisposed) {
      clearTimeout(this._timer);
      this._timer = setTimeout(this._look, GONE_INTERVAL);
    }
  }

  protected override onDispose(): void {
    clearTimeout(this._timer);
    this._socket?.close();
  }

  private _open(): void {
    const { appendToken, token, WebSocket, wsUrl } = this._settings;
    // The one websocket that every server has. What it tells, the manager hears from JupyterLab.
    let url = URLExt.join(wsUrl, 'api/events/subscribe');
    if (appendToken && token !== '') {
      url += `?token=${encodeURIComponent(token)}`;
    }
    const socket = (this._socket = new WebSocket(url));
    let isOpen = false;
    socket.onopen = () => {
      isOpen = true;
    };
    socket.onclose = () => {
      this._socket = null;
      // One that never opened says nothing: there are proxies that let none through.
      if (isOpen && !this.isDisposed) {
        this._look();
      }
    };
  }

  private _setGone(isGone: boolean): void {
    if (isGone !== this._isGone) {
      this._isGone = isGone;
      this.emit();
    }
  }

  private _isGone = false;
  private _socket: WebSocket | null = null;
  private _time = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
