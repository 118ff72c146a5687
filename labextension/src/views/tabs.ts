/** Tabs of the main area about one cluster: opens, finds and restores them. */

import type { ILabShell, ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { bringToFront } from '../ui/bringtofront';
import type { IAppContext } from '../ui/context';
import { AppContext } from '../ui/context';
import { FocusKeeper } from '../ui/focuskeeper';
import { Shown, ShownContext } from '../ui/shown';
import type { ClusterViewModel } from './viewmodel';

/** The content of a tab. Its model requests data while it is visible. */
class ClusterView<M extends ClusterViewModel> extends ReactWidget {
  constructor(
    private readonly _context: IAppContext,
    readonly model: M,
    private readonly _draw: (model: M) => React.JSX.Element
  ) {
    super();
    this.addClass('jp-DaskSlurm-viewBody');
    this.node.tabIndex = -1;
    this._focus = new FocusKeeper(this.node);
  }

  override dispose(): void {
    this._focus.dispose();
    this._shown.dispose();
    this.model.dispose();
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return React.createElement(
      AppContext.Provider,
      { value: this._context },
      React.createElement(ShownContext.Provider, { value: this._shown }, this._draw(this.model))
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._show(this.isVisible);
  }

  protected override onBeforeDetach(message: Message): void {
    this._show(false);
    super.onBeforeDetach(message);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._show(true);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._show(false);
  }

  /** Only what is shown asks for data, and is drawn again. */
  private _show(shown: boolean): void {
    this.model.isShown = shown;
    this._shown.isShown = shown;
  }

  private readonly _focus: FocusKeeper;
  private readonly _shown = new Shown();
}

/** All tabs of one kind, at most one per cluster. */
export class ClusterTabs<M extends ClusterViewModel> {
  constructor(private readonly _options: ClusterTabs.IOptions<M>) {
    this._tracker = new WidgetTracker({ namespace: `dask-slurm-${_options.kind}` });
  }

  /** Restore the open tabs after a reload; `command` opens one. */
  restore(restorer: ILayoutRestorer, command: string): void {
    void restorer.restore(this._tracker, {
      command,
      args: ({ content: { model } }) => ({
        kind: this._options.kind,
        id: model.id,
        name: model.name,
        detail: model.detail
      }),
      name: tab => tab.content.model.id
    });
  }

  /** Open the tab of a cluster, or bring it to the front, and show this detail. */
  open(id: string, name: string, detail = ''): void {
    const { app, labShell, kind } = this._options;
    const open = this._tracker.find(tab => tab.content.model.id === id);
    if (open !== undefined) {
      bringToFront(open, app.shell);
      open.content.model.detail = detail;
      return;
    }
    const { context, make, draw, title, icon } = this._options;
    const model = make(id, name, detail);
    const content = new ClusterView(context, model, draw);
    const tab = new MainAreaWidget({ content });
    tab.id = `dask-slurm-${kind}-${id}`;
    tab.title.icon = icon;
    tab.title.closable = true;
    let saved = model.detail;
    const update = (): void => {
      if (model.detail !== saved) {
        saved = model.detail;
        void this._tracker.save(tab);
      }
      tab.title.label = title(model.name);
      tab.title.caption = title(model.name);
      if (model.isGone && !model.wasSeen) {
        tab.dispose(); // Restored after a reload, with nothing to show.
      }
    };
    model.changed.connect(update);
    void this._tracker.add(tab);
    // The main area of Notebook 7 has one widget, the notebook.
    app.shell.add(tab, labShell === null ? 'right' : 'main');
    update();
    if (!tab.isDisposed) {
      bringToFront(tab, app.shell);
    }
  }

  private readonly _tracker: WidgetTracker<MainAreaWidget<ClusterView<M>>>;
}

export namespace ClusterTabs {
  export interface IOptions<M extends ClusterViewModel> {
    app: JupyterFrontEnd;
    /** Null without a main area for tabs, as in Notebook 7: they open in the right sidebar there. */
    labShell: ILabShell | null;
    context: IAppContext;
    /** The word for ids: "jobs". */
    kind: string;
    icon: LabIcon;
    title: (name: string) => string;
    make: (id: string, name: string, detail: string) => M;
    draw: (model: M) => React.JSX.Element;
  }
}
