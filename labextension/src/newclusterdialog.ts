/** The New cluster dialog: JupyterLab's own, but it stays open until the cluster is created. */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import { NewClusterForm } from './newcluster';
import type { NewClusterModel } from './newclustermodel';
import type { ICluster } from './restapi';
import { totals } from './scale';

class FormWidget extends ReactWidget {
  constructor(
    private readonly _model: NewClusterModel,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-DaskSlurm-newBody');
  }

  protected override render(): React.JSX.Element {
    return React.createElement(NewClusterForm, { model: this._model, trans: this._trans });
  }
}

/** A footer that also says what all jobs are together. */
class Renderer extends Dialog.Renderer {
  readonly total = document.createElement('span');

  override createFooter(
    buttons: readonly HTMLElement[],
    checkbox: HTMLElement | null = null
  ): Widget {
    const footer = super.createFooter(buttons, checkbox);
    this.total.className = 'jp-DaskSlurm-total';
    this.total.dataset.testid = 'new-cluster-total';
    this.total.setAttribute('role', 'status');
    footer.node.prepend(this.total);
    return footer;
  }
}

export class NewClusterDialog extends Dialog<unknown> {
  constructor(
    private readonly _model: NewClusterModel,
    private readonly _trans: TranslationBundle
  ) {
    const renderer = new Renderer();
    super({
      title: _trans.__('New cluster'),
      body: new FormWidget(_model, _trans),
      buttons: [
        Dialog.cancelButton({ label: _trans.__('Cancel') }),
        Dialog.okButton({ label: _trans.__('Create') })
      ],
      focusNodeSelector: '[data-field="name"] input',
      hasClose: true,
      renderer
    });
    this._total = renderer.total;
    this.addClass('jp-DaskSlurm-newDialog');
    this.node.setAttribute('aria-label', _trans.__('New cluster'));
    this._model.changed.connect(this._update, this);
    this._update();
  }

  /** The cluster that was created; null before, and when the dialog was cancelled. */
  get cluster(): ICluster | null {
    return this._cluster;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._model.changed.disconnect(this._update, this);
    }
    super.dispose();
  }

  override handleEvent(event: Event): void {
    // A dialog that loses the focus takes it back to its first field: what somebody types on would
    // land there. Take it back to where it was.
    if (event.type === 'focus' && event.target instanceof HTMLElement) {
      if (this.node.contains(event.target)) {
        this._lastFocus = event.target;
      } else if (this._lastFocus?.isConnected) {
        event.stopPropagation();
        this._lastFocus.focus();
        return;
      }
    }
    // A dialog takes Enter and the arrows for its own buttons. Those in the form, lists to choose
    // from and radio buttons keep theirs.
    if (event.type === 'keydown' && event.target instanceof HTMLElement) {
      const { key } = event as KeyboardEvent;
      const { target } = event;
      const ours = target.closest('.jp-DaskSlurm-newBody') !== null;
      if (ours && (target.matches('select') || (target.matches('button') && key !== 'Escape'))) {
        if (key !== 'Escape' && key !== 'Tab') {
          return;
        }
      }
    }
    super.handleEvent(event);
  }

  override resolve(index?: number): void {
    if (index === 0) {
      super.resolve(index);
      return;
    }
    void this._create();
  }

  /** JupyterLab's own check knows nothing of the server's: whether one may go on is the model's word. */
  protected override _checkValidation(): void {
    this._update();
  }

  private async _create(): Promise<void> {
    const cluster = await this._model.create();
    if (cluster !== null && !this.isDisposed) {
      this._cluster = cluster;
      super.resolve(1);
    }
  }

  private _update(): void {
    const accept = this.node.querySelector<HTMLButtonElement>('.jp-Dialog-button.jp-mod-accept');
    if (accept !== null) {
      accept.disabled = !this._model.canCreate;
      accept.setAttribute('aria-busy', String(this._model.isCreating || this._model.isChecking));
    }
    this._total.textContent = totalSentence(this._model, this._trans);
  }

  private readonly _total: HTMLElement;
  private _lastFocus: HTMLElement | null = null;
  private _cluster: ICluster | null = null;
}

/** "8 jobs × 12 cores = 96 cores, 128 GB, 32 workers". */
export function totalSentence(model: NewClusterModel, trans: TranslationBundle): string {
  const { script } = model;
  if (script === null || script.jobs === undefined) {
    return '';
  }
  if (model.isStale && !model.isChecking) {
    return trans.__('Cannot be created as it is.');
  }
  const most = Number(model.values.most.trim() || NaN);
  const growing = most >= 0 ? ` ${trans._n('Up to %1 job.', 'Up to %1 jobs.', most)}` : '';
  if (script.jobs === 0) {
    return trans.__('No jobs at first: the scheduler alone.') + growing;
  }
  const { jobs } = script;
  const job = {
    cores: script.cores / jobs,
    memory: script.memory / jobs,
    workers: script.workers / jobs
  };
  const each = trans._n('1 core', '%1 cores', job.cores);
  return `${trans._n('1 job', '%1 jobs', jobs)} × ${each} = ${totals(jobs, job, trans)}${growing === '' ? '' : `.${growing}`}`;
}
