/**
 * Asks in the footer of the New Cluster dialog whether to discard what was entered.
 *
 * A second dialog would wait until this one is closed.
 */

import type { TranslationBundle } from '@jupyterlab/translation';

export class DiscardQuestion {
  constructor(private readonly _options: DiscardQuestion.IOptions) {
    const { footer, trans } = _options;
    const words = document.createElement('span');
    words.id = 'jp-DaskSlurm-discard';
    words.textContent = trans.__('Discard what you entered?');
    this.node.className = 'jp-DaskSlurm-discard';
    this.node.setAttribute('role', 'alertdialog');
    this.node.setAttribute('aria-labelledby', words.id);
    this.node.hidden = true;
    this._keep = button(trans.__('Keep Editing'), 'jp-mod-reject', () => this._leave());
    const discard = button(trans.__('Discard'), 'jp-mod-warn', _options.discard);
    this.node.append(words, this._keep, discard);
    footer.append(this.node);
  }

  readonly node = document.createElement('div');

  get isAsked(): boolean {
    return !this.node.hidden;
  }

  ask(): void {
    this.node.hidden = false;
    this._options.footer.dataset.asking = '';
    this._keep.focus();
  }

  /** Whether a key is for the question. Its buttons handle Enter by themselves. */
  handles(event: KeyboardEvent): boolean {
    if (!this.isAsked) {
      return false;
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this._leave();
      return true;
    }
    return event.target instanceof Node && this.node.contains(event.target);
  }

  private _leave(): void {
    this.node.hidden = true;
    delete this._options.footer.dataset.asking;
    this._options.keep();
  }

  private readonly _keep: HTMLButtonElement;
}

function button(label: string, mod: string, onClick: () => void): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = `jp-Dialog-button jp-mod-styled ${mod}`;
  node.textContent = label;
  node.addEventListener('click', onClick);
  return node;
}

export namespace DiscardQuestion {
  export interface IOptions {
    footer: HTMLElement;
    trans: TranslationBundle;
    discard: () => void;
    /** Called when the dialog stays open. */
    keep: () => void;
  }
}
