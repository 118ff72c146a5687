/** The ids of the plugins, and their translations. */

import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';

import { setLanguage } from '../base/language';

const PACKAGE = 'jupyter-dask-slurm';

export namespace PluginIDs {
  export const manager = `${PACKAGE}:manager`;
  /** The panel. The settings of all plugins have this id, and hold without the panel, too. */
  export const panel = `${PACKAGE}:plugin`;
  export const commands = `${PACKAGE}:commands`;
  export const dashboards = `${PACKAGE}:dashboards`;
  export const notebook = `${PACKAGE}:notebook`;
  export const link = `${PACKAGE}:notebook-cluster`;
  export const notifications = `${PACKAGE}:notifications`;
  export const menus = `${PACKAGE}:menus`;
  export const running = `${PACKAGE}:running`;
  export const status = `${PACKAGE}:status`;
}

/** Return the translations of this extension, and write numbers and clocks in their language; English without a translator. */
export function loadBundle(translator: ITranslator | null): TranslationBundle {
  const { languageCode } = translator ?? nullTranslator;
  setLanguage(languageCode);
  return (translator ?? nullTranslator).load('jupyter_dask_slurm');
}
