import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

/** The panel's plugin. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-dask-slurm:plugin',
  description: 'Dask clusters on Slurm, from the sidebar.',
  autoStart: true,
  activate: (_app: JupyterFrontEnd): void => undefined
};

export default plugin;
