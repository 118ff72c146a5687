/** The commands about clusters, for buttons, menus and the palette. */

import type { ICommandPalette } from '@jupyterlab/apputils';
import { PageConfig, PathExt } from '@jupyterlab/coreutils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Contents, ServiceManager } from '@jupyterlab/services';
import { addIcon } from '@jupyterlab/ui-components';

import type { ICluster } from '../api/restapi';
import { clusterIcon } from '../base/icons';
import { CommandIDs } from '../clusters/commandids';
import { NotebookKernel } from '../clusters/kernel';
import { NewClusterDialog } from '../newcluster/dialog';
import { fillFrom } from '../newcluster/model/fill';
import { NewClusterModel } from '../newcluster/model/model';
import { kernelLanguage } from '../notebook/languages';
import { addClusterCommands } from './clustercommands';
import type { IClusterCommandsOptions } from './clustercommands';
import { forCluster } from './forcluster';
import { addToPalette, notifyOfSite } from './palette';

export interface ICommandsOptions extends IClusterCommandsOptions {
  palette: ICommandPalette | null;
}

/** Return the kernel of the current notebook, which is asked at once what it is. */
function kernelOf(
  notebooks: INotebookTracker | null,
  { contents, kernelspecs }: Pick<ServiceManager.IManager, 'contents' | 'kernelspecs'>
): NotebookKernel {
  const session = notebooks?.currentWidget?.sessionContext;
  const kernel = session?.session?.kernel ?? null;
  const isPython = kernelLanguage(session, kernelspecs) === 'python';
  return new NotebookKernel(
    isPython ? kernel : null,
    session?.kernelDisplayName,
    folderOf(session?.path, contents)
  );
}

/** Return the folder of a notebook as the server knows it; empty if it is in none of the server's. */
function folderOf(path: string | undefined, contents: Contents.IManager): string {
  const root = PageConfig.getOption('serverRoot');
  const isOfServer = path !== undefined && ['', 'RTC'].includes(contents.driveName(path));
  if (!isOfServer || root === '') {
    return '';
  }
  const folder = PathExt.dirname(contents.localPath(path));
  return folder === '' ? root : `${root.replace(/\/$/, '')}/${folder}`;
}

export function addCommands(options: ICommandsOptions): void {
  const { app, manager, panel, trans, palette } = options;
  const { commands } = app;

  /** Show the form, filled in from an example, for a new cluster or for one in the place of another. */
  const openForm = async (example?: ICluster, replaces?: ICluster): Promise<string | null> => {
    const kernel = kernelOf(options.notebooks, app.serviceManager);
    const form = new NewClusterModel({ manager, trans, kernel, replaces });
    if (example !== undefined) {
      fillFrom(form, example);
    }
    try {
      const dialog = new NewClusterDialog(form, trans);
      await dialog.launch();
      if (dialog.cluster !== null) {
        panel?.reveal(dialog.cluster.id);
      }
      return dialog.cluster?.id ?? null;
    } finally {
      form.dispose();
    }
  };

  commands.addCommand(CommandIDs.newCluster, {
    // In a menu "New", the label need not say it again.
    label: args => (args.isNew ? trans.__('Dask Cluster') : trans.__('New Dask Cluster…')),
    caption: trans.__('Create a Dask cluster on the batch system'),
    icon: args => (args.isPalette ? undefined : args.isNew ? clusterIcon : addIcon),
    isEnabled: () => !manager.site?.read_only,
    execute: ({ from }) => openForm(typeof from === 'string' ? manager.find(from) : undefined)
  });

  notifyOfSite(CommandIDs.newCluster, commands, manager);

  forCluster({ commands, manager, trans })(
    CommandIDs.change,
    trans.__('Change…'),
    ({ status }) => !manager.site?.read_only && ['starting', 'running', 'failed'].includes(status),
    async (cluster, { advised }) => {
      const { memory, cores } = cluster.options;
      const better = advised === true ? cluster.advice : null;
      const size = { memory: better?.memory ?? memory, cores: better?.cores ?? cores };
      await openForm({ ...cluster, options: { ...cluster.options, ...size } }, cluster);
    }
  );

  addClusterCommands(options);

  addToPalette(palette, trans, [
    CommandIDs.newCluster,
    CommandIDs.insertClient,
    CommandIDs.openJobs,
    CommandIDs.retry,
    CommandIDs.startAgain,
    CommandIDs.showLog,
    CommandIDs.stop
  ]);
}
