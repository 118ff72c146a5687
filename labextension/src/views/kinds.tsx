/** The kinds of tabs about a cluster. */

import type { ILabShell, ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { listIcon, textEditorIcon } from '@jupyterlab/ui-components';

import { CommandIDs } from '../clusters/commandids';
import type { IAppContext } from '../ui/context';
import { JobsModel } from './jobs/model';
import { JobsView } from './jobs/view';
import { LogModel } from './logs/model';
import { LogView } from './logs/view';
import { ClusterTabs } from './tabs';

export interface ITabOptions {
  app: JupyterFrontEnd;
  /** Null without a main area for tabs, as in Notebook 7. */
  labShell: ILabShell | null;
  context: IAppContext;
}

export interface ITabs {
  jobs: ClusterTabs<JobsModel>;
  logs: ClusterTabs<LogModel>;
}

export function makeTabs(options: ITabOptions): ITabs {
  return { jobs: jobsTabs(options), logs: logTabs(options) };
}

/** Restore the open tabs after a reload. */
export function restoreTabs(tabs: ITabs, app: JupyterFrontEnd, restorer: ILayoutRestorer): void {
  app.commands.addCommand(CommandIDs.restoreTab, {
    execute: ({ kind, id, name, detail }) => {
      tabs[kind as keyof ITabs].open(String(id), String(name), String(detail));
    }
  });
  for (const kind of Object.keys(tabs) as (keyof ITabs)[]) {
    tabs[kind].restore(restorer, CommandIDs.restoreTab);
  }
}

function jobsTabs({ app, labShell, context }: ITabOptions): ClusterTabs<JobsModel> {
  const { manager, trans } = context;
  return new ClusterTabs({
    app,
    labShell,
    context,
    kind: 'jobs',
    icon: listIcon,
    title: name => trans.__('Jobs of %1', name),
    make: (id, name) => new JobsModel({ manager, id, name }),
    draw: model => <JobsView model={model} />
  });
}

function logTabs({ app, labShell, context }: ITabOptions): ClusterTabs<LogModel> {
  const { manager, trans } = context;
  return new ClusterTabs({
    app,
    labShell,
    context,
    kind: 'logs',
    icon: textEditorIcon,
    title: name => trans.__('Logs of %1', name),
    make: (id, name, source) => new LogModel({ manager, id, name, source }),
    draw: model => <LogView model={model} />
  });
}
