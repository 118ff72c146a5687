/** The extension's own icons. */

import { LabIcon } from '@jupyterlab/ui-components';

/** A scheduler and its workers: one node, connected to three others. */
export const clusterIcon = new LabIcon({
  name: 'jupyter-dask-slurm:cluster',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <rect x="8" y="2.5" width="8" height="6" rx="1.5"/>
    <rect x="1.5" y="15.5" width="6" height="6" rx="1.5"/>
    <rect x="9" y="15.5" width="6" height="6" rx="1.5"/>
    <rect x="16.5" y="15.5" width="6" height="6" rx="1.5"/>
    <path d="M11.25 8.5h1.5V11.25H20.25V15.5H18.75V12.75H12.75V15.5H11.25V12.75H5.25V15.5H3.75V11.25H11.25z"/>
  </g>
</svg>`
});

/** Plots side by side. */
export const plotsIcon = new LabIcon({
  name: 'jupyter-dask-slurm:plots',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M3 3h8v10H3zM13 3h8v6h-8zM13 11h8v10h-8zM3 15h8v6H3z"/>
  </g>
</svg>`
});
