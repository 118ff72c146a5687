/** Puts the code that connects to a cluster into a notebook. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

/** Why a notebook cannot take the code, in words for the user. */
export class CannotInsert extends Error {}

export interface IInjectOptions {
  app: JupyterFrontEnd;
  /** Null where there are no notebooks, as on the file list of Notebook 7. */
  tracker: INotebookTracker | null;
  /** The words for a notebook of another language. */
  notPython: (language: string) => string;
}

/**
 * Insert `code` as a new cell below the active one of the current notebook, or into a new notebook
 * when none is open, and go there. Answers the notebook, or null where none could be had.
 *
 * Nothing is run: that is the reader's.
 */
export async function insertCode(
  code: string,
  { app, tracker, notPython }: IInjectOptions
): Promise<NotebookPanel | null> {
  const current = tracker?.currentWidget ?? null;
  const panel = current ?? (tracker === null ? null : await newNotebook(app));
  if (panel === null) {
    return null;
  }
  await panel.context.ready;
  await panel.revealed;
  const language = languageOf(panel);
  if (language !== null && language !== 'python') {
    throw new CannotInsert(notPython(language));
  }
  const notebook = panel.content;
  // The one cell that a new notebook begins with is there to be filled.
  const fresh =
    current === null &&
    notebook.widgets.length === 1 &&
    notebook.activeCell?.model.sharedModel.getSource() === '';
  if (!fresh) {
    NotebookActions.insertBelow(notebook);
  }
  const cell = notebook.activeCell;
  if (cell === null) {
    return null;
  }
  cell.model.sharedModel.setSource(code);
  if (cell.model.type !== 'code') {
    NotebookActions.changeCellType(notebook, 'code');
  }
  app.shell.activateById(panel.id);
  notebook.mode = 'command';
  notebook.activate();
  return panel;
}

async function newNotebook(app: JupyterFrontEnd): Promise<NotebookPanel | null> {
  const create = 'notebook:create-new';
  if (!app.commands.hasCommand(create)) {
    return null;
  }
  const specs = app.serviceManager.kernelspecs;
  await specs.ready;
  const kernelName = pythonKernel(specs.specs);
  const panel: NotebookPanel | null | undefined = await app.commands.execute(
    create,
    kernelName === null ? {} : { kernelName }
  );
  // Notebook 7 opens another browser tab and answers nothing.
  return panel ?? null;
}

interface ISpecs {
  default: string;
  kernelspecs: { [name: string]: { language: string } | undefined };
}

/** The default kernel if it is Python, or else the first that is; null when there is none. */
export function pythonKernel(specs: ISpecs | null): string | null {
  if (specs === null) {
    return null;
  }
  const isPython = (name: string): boolean => specs.kernelspecs[name]?.language === 'python';
  return isPython(specs.default)
    ? specs.default
    : (Object.keys(specs.kernelspecs).find(isPython) ?? null);
}

/** The language of a notebook as far as it is written down; null when it is not, as in a new one. */
function languageOf(panel: NotebookPanel): string | null {
  const info: unknown = panel.context.model.getMetadata('language_info');
  const name = (info as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' && name !== '' ? name.toLowerCase() : null;
}
