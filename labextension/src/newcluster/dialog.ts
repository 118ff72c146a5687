/** The New cluster dialog: JupyterLab's, but it stays open until the cluster is created. */

import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { ICluster } from '../api/restapi';
import { DiscardQuestion } from './discard';
import { NewClusterForm } from './form';
import type { NewClusterModel } from './model/model';
import { doubts } from './model/problems';
import { estimateWords, totalSentence } from './model/sentence';

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

/** A footer that also shows the total size, the estimated start, and why a cluster was not created. */
class Renderer extends Dialog.Renderer {
  readonly refusal = document.createElement('div');
  readonly total = document.createElement('span');
  readonly estimate = document.createElement('span');

  override createFooter(
    buttons: readonly HTMLElement[],
    checkbox: HTMLElement | null = null
  ): Widget {
    const footer = super.createFooter(buttons, checkbox);
    this.total.dataset.testid = 'new-cluster-total';
    this.estimate.dataset.testid = 'new-cluster-estimate';
    const sentence = document.createElement('div');
    sentence.className = 'jp-DaskSlurm-total';
    sentence.setAttribute('role', 'status');
    this.refusal.dataset.testid = 'new-cluster-refusal';
    this.refusal.className = 'jp-DaskSlurm-fieldProblem';
    this.refusal.setAttribute('role', 'alert');
    sentence.append(this.refusal, this.total, this.estimate);
    footer.node.prepend(sentence);
    return footer;
  }
}

export class NewClusterDialog extends Dialog<unknown> {
  constructor(
    private readonly _model: NewClusterModel,
    private readonly _trans: TranslationBundle
  ) {
    const renderer = new Renderer();
    const replaced = _model.replaced.name;
    const title = replaced === null ? _trans.__('New Cluster') : _trans.__('Change %1', replaced);
    super({
      title,
      body: new FormWidget(_model, _trans),
      buttons: [
        Dialog.cancelButton({ label: _trans.__('Cancel') }),
        Dialog.okButton({ label: _trans.__('Create') })
      ],
      focusNodeSelector: '[data-field="name"] input',
      hasClose: true,
      renderer
    });
    this._renderer = renderer;
    this._question = new DiscardQuestion({
      footer: this.node.querySelector<HTMLElement>('.jp-Dialog-footer')!,
      trans: _trans,
      discard: () => super.reject(),
      keep: () => this._lastFocus?.focus()
    });
    this.addClass('jp-DaskSlurm-newDialog');
    this.node.setAttribute('aria-label', title);
    this._model.changed.connect(this._update, this);
    this._update();
  }

  /** The created cluster; null before, and if the dialog was cancelled. */
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
    if (event.type === 'input') {
      // JupyterLab's own check of the fields does not know the server's answers: the model decides.
      this._update();
      return;
    }
    // A dialog that loses the focus moves it to its first field, where the next keys would go.
    // Move it back to where it was.
    if (event.type === 'focus' && event.target instanceof HTMLElement) {
      if (this.node.contains(event.target)) {
        if (!this._question.node.contains(event.target)) {
          this._lastFocus = event.target;
        }
      } else if (this._lastFocus?.isConnected) {
        event.stopPropagation();
        this._lastFocus.focus();
        return;
      }
    }
    if (event.type === 'keydown' && this._question.handles(event as KeyboardEvent)) {
      return;
    }
    if (event.type === 'keydown' && event.target instanceof HTMLElement) {
      if (keepsKey(event.target, (event as KeyboardEvent).key)) {
        return;
      }
    }
    super.handleEvent(event);
  }

  override resolve(index?: number): void {
    if (index === 0) {
      this.reject();
      return;
    }
    void this._create(this._insists);
  }

  /** By Escape, Cancel, the cross or a click beside the dialog: what was typed is not lost by one key. */
  override reject(): void {
    if (this._model.hasEdits) {
      this._question.ask();
    } else {
      super.reject();
    }
  }

  private async _create(insist: boolean): Promise<void> {
    const cluster = await this._model.create({ insist });
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
      // Only who has read it insists: not an Enter that follows the last key at once.
      this._insists = doubts(this._model.script).length > 0;
      const label = accept.querySelector('.jp-Dialog-buttonLabel') ?? accept;
      setText(label, this._createLabel());
    }
    setText(this._renderer.refusal, this._model.creation.refusal ?? '');
    setText(this._renderer.total, totalSentence(this._model, this._trans));
    setText(this._renderer.estimate, estimateWords(this._model, Date.now(), this._trans));
  }

  private _createLabel(): string {
    if (this._insists) {
      return this._trans.__('Create Anyway');
    }
    return this._model.replaced.isAlive
      ? this._trans.__('Stop and Create')
      : this._trans.__('Create');
  }

  private readonly _renderer: Renderer;
  private readonly _question: DiscardQuestion;
  private _insists = false;
  private _lastFocus: HTMLElement | null = null;
  private _cluster: ICluster | null = null;
}

/**
 * Whether a key is not for the dialog, which handles Enter, the arrows and Escape. Buttons and lists
 * of the form handle Enter and the arrows, and a row that is edited within the form all keys.
 */
function keepsKey(target: HTMLElement, key: string): boolean {
  if (target.closest('.jp-DaskSlurm-newBody') === null || key === 'Tab') {
    return false;
  }
  if (target.closest('[data-keeps-keys]') !== null) {
    return true;
  }
  return key !== 'Escape' && target.matches('select, button, textarea, [role="listbox"]');
}

/** Set a text only if it differs: a screen reader announces every change. */
function setText(node: Element, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
