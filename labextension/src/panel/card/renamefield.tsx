/** The field in the place of a cluster's name, while it is renamed. */

import * as React from 'react';

import { errorWords } from '../../api/errorwords';
import type { ICluster } from '../../api/restapi';
import { isValidName } from '../../clusters/names';
import { useApp } from '../../ui/context';
import { usePanelModel } from '../context';

/** The input for a new name: Enter or blur renames, Escape does not. */
export function RenameField({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { manager, trans } = useApp();
  const model = usePanelModel();
  const [text, setText] = React.useState(cluster.name);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [sending, setSending] = React.useState(false);
  const done = (): void => {
    model.renaming = null;
  };
  const commit = async (): Promise<void> => {
    const name = text.trim();
    if (sending) {
      return;
    }
    if (name === cluster.name) {
      done();
      return;
    }
    if (!isValidName(name)) {
      setProblem(trans.__('Letters, digits, “.”, “_” or “-”, beginning with a letter or digit.'));
      return;
    }
    setSending(true);
    try {
      await manager.rename(cluster.id, name);
      done();
    } catch (error) {
      setProblem(errorWords(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <span className="jp-DaskSlurm-nameField">
      <input
        className="jp-DaskSlurm-field"
        aria-label={trans.__('Name of the cluster')}
        aria-invalid={problem !== null}
        autoFocus
        value={text}
        readOnly={sending}
        onChange={event => {
          setText(event.target.value);
          setProblem(null);
        }}
        onFocus={event => event.target.select()}
        onBlur={() => void commit()}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            void commit();
          } else if (event.key === 'Escape') {
            done();
          }
        }}
      />
      {problem !== null && (
        <span className="jp-DaskSlurm-fieldProblem" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
