/** The dialog that asks for an idle time-out, in the times that the form takes, and with its echo. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ICluster } from '../api/restapi';
import { durationEcho, durationText, parseDuration } from '../clusters/words/duration';

/** Return the seconds of idleness after which a cluster stops, 0 for never; null if nothing was chosen. */
export async function askIdleTimeout(
  cluster: ICluster,
  trans: TranslationBundle
): Promise<number | null> {
  let text = durationText(cluster.options.idle_timeout ?? 0);
  for (;;) {
    const { button, value } = await showDialog({
      title: trans.__('Idle Time-out of %1', cluster.name),
      body: new TimeBody(text, trans),
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Set') })],
      focusNodeSelector: 'input'
    });
    const seconds = parseDuration(value ?? '');
    if (!button.accept || seconds !== null) {
      return button.accept ? seconds : null;
    }
    // It is asked again, and says what it takes.
    text = value ?? '';
  }
}

class TimeBody extends ReactWidget implements Dialog.IBodyWidget<string> {
  constructor(
    private _text: string,
    private readonly _trans: TranslationBundle
  ) {
    super();
  }

  getValue(): string {
    return this._text;
  }

  protected override render(): React.JSX.Element {
    return (
      <TimeField first={this._text} trans={this._trans} onChange={text => (this._text = text)} />
    );
  }
}

interface ITimeFieldProps {
  /** The text at first. */
  first: string;
  trans: TranslationBundle;
  onChange: (text: string) => void;
}

function TimeField({ first, trans, onChange }: ITimeFieldProps): React.JSX.Element {
  const [text, setText] = React.useState(first);
  const id = React.useId();
  const input = React.useRef<HTMLInputElement>(null);
  // The dialog looks for what to focus when it opens, which may be before this is drawn.
  React.useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const seconds = parseDuration(text);
  const echo = seconds === null ? '' : durationEcho(text, seconds, trans, true);
  return (
    <div className="jp-DaskSlurm-formField">
      <span className="jp-DaskSlurm-labelRow">
        <label htmlFor={id} className="jp-DaskSlurm-formLabel">
          {trans.__('Stops after this long unused')}
        </label>
        {echo && (
          <span id={`${id}-echo`} className="jp-DaskSlurm-echo" data-testid="echo-idle">
            = {echo}
          </span>
        )}
      </span>
      <input
        ref={input}
        id={id}
        type="text"
        className="jp-DaskSlurm-field"
        aria-invalid={seconds === null}
        aria-describedby={`${echo && `${id}-echo `}${id}-note`}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          onChange(target.value);
        }}
      />
      <div
        id={`${id}-note`}
        className={seconds === null ? 'jp-DaskSlurm-fieldProblem' : 'jp-DaskSlurm-fieldHint'}
        aria-live="polite"
      >
        {seconds === null
          ? trans.__('Enter a time such as 30 min.')
          : trans.__('For example 30 min, 2 h or 1:30:00; 0 = never')}
      </div>
    </div>
  );
}
