/** The highlighting that a field of the form and its lines of the script share, and requests for focus. */

import { Observable } from '../../base/observable';
import type { Field } from './fields';

export class Highlight extends Observable {
  /** The highlighted field; also another origin of lines, such as "config". */
  get lit(): string | null {
    return this._pointed ?? this._focused;
  }

  /** The field that takes the focus once it is rendered; null for none. */
  get wanted(): Field | null {
    return this._wanted;
  }

  /** The mouse is over a field or a line of the script; null if no longer. */
  point(name: string | null): void {
    if (name !== this._pointed) {
      this._pointed = name;
      this.emit();
    }
  }

  /** A field has the focus; null if none has. */
  focus(field: Field | null): void {
    this._focused = field;
    if (field !== null) {
      // The mouse may rest where it clicked last.
      this._pointed = null;
    }
    // The user has moved the focus meanwhile.
    this._wanted = null;
    this.emit();
  }

  /** Move the focus to a field, also if it is still hidden; null once it has the focus. */
  want(field: Field | null): void {
    if (field !== this._wanted) {
      this._wanted = field;
      this.emit();
    }
  }

  private _pointed: string | null = null;
  private _focused: Field | null = null;
  private _wanted: Field | null = null;
}
