/** A button that copies a text, and shows that it did. */

import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

/** How long it shows that; milliseconds. */
export const COPIED_FOR = 2000;

export interface ICopyButtonProps {
  text: string;
  label: string;
  trans: TranslationBundle;
}

export function CopyButton({ text, label, trans }: ICopyButtonProps): React.JSX.Element {
  const [copied, setCopied] = React.useState<string | null>(null);
  const isCopied = copied !== null && copied === text;
  React.useEffect(() => {
    if (copied === null) {
      return;
    }
    const timer = setTimeout(() => setCopied(null), COPIED_FOR);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    await copyText(text);
    setCopied(text);
  };
  const Icon = isCopied ? checkIcon : copyIcon;
  return (
    <span className="jp-DaskSlurm-copy">
      <span className="jp-DaskSlurm-quiet" role="status">
        {isCopied ? trans.__('copied') : ''}
      </span>
      <button
        type="button"
        className="jp-DaskSlurm-iconButton"
        title={label}
        aria-label={label}
        disabled={text === ''}
        onClick={() => void copy()}
      >
        <Icon.react tag="span" aria-hidden />
      </button>
    </span>
  );
}

/** Browsers offer the clipboard to HTTPS pages only; JupyterLab has a fallback. */
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    Clipboard.copyToSystem(text);
  }
}
