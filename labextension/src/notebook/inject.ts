/** Inserts the code that connects to a cluster into a notebook or a console. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import type { IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { ICellView, IConnectable } from '../clusters/clientcell';
import { CLIENT_MARK, findClientCell, readMark, withCode } from '../clusters/clientcell';
import { kernelLanguage, languageOf, pythonKernel } from './languages';
import { findsCluster, type ISession, shortCode } from './shortcode';

/** Thrown if a notebook cannot take the code, with the reason for the user. */
export class CannotInsert extends Error {}

/** The code to insert, and its cluster. */
export interface IClient extends IConnectable {
  code: string;
}

export interface IInjectOptions {
  app: JupyterFrontEnd;
  /** Null without notebooks. */
  tracker: INotebookTracker | null;
  /** Null without consoles. */
  consoles: IConsoleTracker | null;
  isAlive: (clusterId: string) => boolean;
  /** Returns the message for a notebook of another language. */
  notPython: (language: string) => string;
}

/** Where the code went: "nowhere" if nothing is open, "occupied" if the prompt is not empty. */
export type Inserted = 'cell' | 'prompt' | 'occupied' | 'nowhere';

/**
 * Insert a client where the user works: at the prompt of a console, into the current notebook, or
 * into a new one.
 *
 * Nothing is executed: that is up to the user.
 */
export async function insertClient(client: IClient, options: IInjectOptions): Promise<Inserted> {
  const { app, tracker, consoles } = options;
  const console = consoles?.currentWidget ?? null;
  if (console !== null && console === app.shell.currentWidget) {
    refuseOthers(kernelLanguage(console.sessionContext, app.serviceManager.kernelspecs), options);
    const code = await codeFor(client, console.sessionContext, false);
    return fillPrompt(code, client, console) ? 'prompt' : 'occupied';
  }
  const current = tracker?.currentWidget ?? null;
  const panel = current ?? (tracker === null ? null : await newNotebook(app));
  if (panel === null) {
    return 'nowhere';
  }
  await insertIntoNotebook(client, panel, options, { fresh: current === null });
  return 'cell';
}

/**
 * Insert a client into a notebook and show it. A cell that already connects to the cluster is
 * updated, and goes to `index` if there is one; a new cell goes there, by default below the active cell,
 * or into that if it is empty. `fresh` is a notebook whose kernel is only just starting.
 */
export async function insertIntoNotebook(
  client: IClient,
  panel: NotebookPanel,
  options: Pick<IInjectOptions, 'app' | 'isAlive' | 'notPython'>,
  { index, fresh = false }: { index?: number; fresh?: boolean } = {}
): Promise<void> {
  const { app, isAlive } = options;
  await panel.context.ready;
  await panel.revealed;
  refuseOthers(languageOf(panel, app.serviceManager.kernelspecs), options);
  const notebook = panel.content;
  const find = (): number | null => findClientCell(notebook.widgets.map(viewOf), client, isAlive);
  const shown = find();
  if (shown !== null) {
    goTo(shown, panel, app); // At once: only its code depends on the kernel.
  }
  const code = await codeFor(client, panel.sessionContext, fresh);
  const { model, widgets } = notebook;
  if (model === null) {
    return;
  }
  let place = find();
  if (place === null && index === undefined && isEmpty(notebook.activeCell)) {
    place = notebook.activeCellIndex;
  }
  const mark = { cluster_id: client.id };
  if (place === null) {
    const below = notebook.activeCell ? notebook.activeCellIndex + 1 : 0;
    place = Math.min(index ?? below, widgets.length);
    model.sharedModel.insertCell(place, {
      cell_type: 'code',
      source: code,
      metadata: { trusted: true, [CLIENT_MARK]: mark }
    });
  } else {
    const cell = widgets[place].model;
    const source = cell.sharedModel.getSource();
    const updated = withCode(source, code);
    if (updated !== source) {
      cell.sharedModel.setSource(updated);
    }
    cell.setMetadata(CLIENT_MARK, mark);
    const there = index === undefined || index <= place ? index : index - 1;
    if (there !== undefined && there !== place) {
      model.sharedModel.moveCell(place, there);
      place = there;
    }
  }
  if (place !== shown) {
    goTo(place, panel, app);
  }
}

function isEmpty(cell: Cell | null): boolean {
  return cell?.model.type === 'code' && cell.model.sharedModel.getSource().trim() === '';
}

function goTo(place: number, { id, content: notebook }: NotebookPanel, app: JupyterFrontEnd): void {
  notebook.deselectAll();
  notebook.activeCellIndex = place;
  app.shell.activateById(id);
  notebook.mode = 'command';
  notebook.activate();
  void notebook.scrollToItem(place, 'smart');
}

/** Return two lines where the kernel has this package, else code that needs dask alone. */
async function codeFor(
  { id, name, code }: IClient,
  session: ISession,
  fresh: boolean
): Promise<string> {
  return (await findsCluster(session, id, fresh)) ? shortCode(name) : code;
}

function viewOf({ model }: Cell): ICellView {
  return {
    type: model.type,
    source: model.sharedModel.getSource(),
    mark: readMark(model.getMetadata(CLIENT_MARK))
  };
}

function refuseOthers(
  language: string | null,
  { notPython }: Pick<IInjectOptions, 'notPython'>
): void {
  if (language !== null && language !== 'python') {
    throw new CannotInsert(notPython(language));
  }
}

/** Fill the prompt of a console. Returns false if it is not empty. */
function fillPrompt(
  code: string,
  { code: longCode, name }: IClient,
  { console }: NonNullable<IConsoleTracker['currentWidget']>
): boolean {
  const prompt = console.promptCell;
  const written = prompt?.model.sharedModel;
  if (
    written === undefined ||
    ![longCode, shortCode(name), ''].includes(written.getSource().trim())
  ) {
    return false;
  }
  written.setSource(code);
  prompt?.editor?.focus();
  return true;
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
  // Notebook 7 opens another browser tab and returns nothing.
  return panel ?? null;
}
