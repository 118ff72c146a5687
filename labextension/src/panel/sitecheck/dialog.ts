/** The dialog "Check this site". */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IClusterManager } from '../../clusters/tokens';
import { SiteCheck } from './body';
import { SiteCheckModel } from './model';

/** Look at the site, and show what is found until the dialog is closed. */
export async function showSiteCheck(
  manager: IClusterManager,
  trans: TranslationBundle
): Promise<void> {
  const model = new SiteCheckModel(manager);
  const body = ReactWidget.create(React.createElement(SiteCheck, { model, trans }));
  body.addClass('jp-DaskSlurm-siteCheckBody');
  try {
    void model.start();
    await new Dialog({
      title: trans.__('Check This Site'),
      body,
      buttons: [Dialog.okButton({ label: trans.__('Close') })],
      hasClose: true
    }).launch();
  } finally {
    model.dispose();
  }
}
