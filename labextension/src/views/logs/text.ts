/** The text of a growing log: readable lines, in blocks that do not change once they are full. Pure. */

/** The lines of a block: what is rendered again when a line is added. */
export const BLOCK_LINES = 200;

/** The number of blocks to keep, from the end of the log. */
const MOST_BLOCKS = 50;

/** The longest line that is shown completely. */
const LONGEST_LINE = 5000;

export interface ILogBlock {
  /** Its index in the log. */
  key: number;
  text: string;
}

export class LogText {
  /** Each block is the same object while its text is the same. */
  get blocks(): readonly ILogBlock[] {
    return this._blocks;
  }

  get isEmpty(): boolean {
    return this._blocks.length === 0 && this._partial === '';
  }

  /** The last line while it is incomplete. */
  get unfinished(): string {
    return readable(this._partial);
  }

  reset(text = ''): void {
    this._blocks = [];
    this._lines = 0;
    this._partial = '';
    this.append(text);
  }

  append(text: string): void {
    const lines = (this._partial + text).split('\n');
    this._partial = lines.pop() ?? '';
    if (lines.length === 0) {
      return;
    }
    const blocks = [...this._blocks];
    for (let from = 0; from < lines.length;) {
      const room = BLOCK_LINES - (this._lines % BLOCK_LINES);
      const some = lines.slice(from, from + room).map(line => `${readable(line)}\n`);
      const key = Math.floor(this._lines / BLOCK_LINES);
      const last = room < BLOCK_LINES ? blocks.pop() : undefined;
      blocks.push({ key, text: (last?.text ?? '') + some.join('') });
      this._lines += some.length;
      from += some.length;
    }
    this._blocks = blocks.slice(-MOST_BLOCKS);
  }

  toString(): string {
    return this._blocks.map(block => block.text).join('') + this.unfinished;
  }

  private _blocks: readonly ILogBlock[] = [];
  private _lines = 0;
  private _partial = '';
}

// Escape sequences for colours, titles and cursor movements.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

// The other control characters, except the tab.
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Return a line as a terminal would show it: of a progress bar, the last state. */
export function readable(line: string): string {
  const plain = line.replace(ESCAPES, '').replace(/\r+$/, '');
  const text = plain.slice(plain.lastIndexOf('\r') + 1).replace(CONTROLS, '');
  return text.length <= LONGEST_LINE ? text : `${text.slice(0, LONGEST_LINE)} …`;
}
