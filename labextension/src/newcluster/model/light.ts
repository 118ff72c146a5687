/** What lights up together: a field of the form and its lines of the script. */

import { Observable } from '../../base/observable';
import type { Field } from './fields';

export class Light extends Observable {
  /** The field whose lines are lit; also a `from` that is no field, such as "config". */
  get lit(): string | null {
    return this._pointed ?? this._focused;
  }

  /** The field that is to get the focus, once it is drawn; null when none is. */
  get wanted(): Field | null {
    return this._wanted;
  }

  /** A field, or a line of the script, is pointed at; null when no longer. */
  point(name: string | null): void {
    if (name !== this._pointed) {
      this._pointed = name;
      this.emit();
    }
  }

  /** A field has the focus; null when none has. */
  focus(field: Field | null): void {
    this._focused = field;
    if (field !== null) {
      // The mouse may rest where it was clicked last.
      this._pointed = null;
    }
    // Whoever has gone somewhere else does not want to be led any longer.
    this._wanted = null;
    this.emit();
  }

  /** Lead the user to a field, wherever it is hidden; null once it has the focus. */
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
