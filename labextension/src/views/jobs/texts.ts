/** The texts of the table of jobs, kept while neither the job nor its surroundings change, and their widths. Pure. */

import type { IJob } from '../../api/restapi';
import type { ColumnId, ICellContext } from './columns';
import { COLUMNS } from './columns';

interface IKept {
  context: ICellContext;
  texts: readonly string[];
}

/** By job: one that has changed is another object. */
const kept = new WeakMap<IJob, IKept>();

/** Return the texts of a job, by column. */
export function textsOf(job: IJob, context: ICellContext): readonly string[] {
  const known = kept.get(job);
  if (known?.context === context) {
    return known.texts;
  }
  const texts = COLUMNS.map(column => column.text(job, context));
  kept.set(job, { context, texts });
  return texts;
}

/** Return what to say of a cell beside its text, or the whole text, which may be cut; by column. */
export function titleOf(job: IJob, column: number, context: ICellContext): string {
  return COLUMNS[column].title?.(job, context) || textsOf(job, context)[column];
}

/** The size of the font of a header cell, beside that of the others; and the arrow of the sorting. */
const HEAD = 0.9;
const ARROW = 2;

/** What takes the rest, at least. */
const LEAST = 13;

/** Beside its text a state has a dot, and an id is bold. */
const EXTRA: Partial<Record<ColumnId, number>> = { stage: 2, id: 1 };

/** The width of each column, in `ch`; null for the one that takes the rest. */
export function widthsOf(jobs: readonly IJob[], context: ICellContext): readonly (number | null)[] {
  return COLUMNS.map(({ id, form, text, label }) => {
    if (form === undefined) {
      return null;
    }
    const examples = new Map(jobs.map(job => [form(job, context), job]));
    const texts = [...examples.values()].map(job => widthOf(text(job, context)));
    const widest = Math.max(0, ...texts) + (EXTRA[id] ?? 0);
    return Math.ceil(Math.max(widest, HEAD * widthOf(label(context.trans)) + ARROW));
  });
}

/** Return the tracks of a grid with these columns, and the least width of them all together. */
export function tracksOf(widths: readonly (number | null)[]): { columns: string; least: string } {
  const [first, ...others] = widths.map(width =>
    width === null ? `minmax(calc(${LEAST}ch + ${PADDING}), 1fr)` : `calc(${width}ch + ${PADDING})`
  );
  const sum = widths.reduce<number>((total, width) => total + (width ?? LEAST), 0);
  return {
    columns: [first, ACTIONS, ...others].join(' '),
    least: `calc(${sum}ch + ${widths.length} * ${PADDING} + ${ACTIONS})`
  };
}

/** As in `style/jobs.css`: of a cell, and the column with the buttons of the active row. */
const PADDING = '14px';
const ACTIONS = '86px';

/** The widths of characters in proportional fonts, in `ch`: the first that fits. */
const CHARACTERS: readonly [RegExp, number][] = [
  [/[ .,:;'|()[\]iljtf-]/, 0.6],
  [/[A-Z_%≈mw]/, 1.3],
  [/[\u2e80-\uffff]/, 2],
  [/./, 1]
];

/** Return how wide a text may be in a proportional font, in `ch`. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width += CHARACTERS.find(([kind]) => kind.test(character))?.[1] ?? 2;
  }
  return width;
}
