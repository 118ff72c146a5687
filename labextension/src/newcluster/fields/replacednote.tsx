/** What becomes of the cluster that the new one takes the place of. */

import * as React from 'react';

import type { IFormProps } from './formfield';

export function ReplacedNote({ model, trans }: IFormProps): React.JSX.Element | null {
  const { cluster, isAlive } = model.replaced;
  if (cluster === null) {
    return null;
  }
  return (
    <div
      className={`jp-DaskSlurm-note jp-DaskSlurm-wide ${isAlive ? 'jp-mod-warn' : ''}`}
      role="status"
      data-testid="replaced-note"
    >
      {isAlive
        ? trans.__(
            'The new cluster replaces “%1”, which is stopped first: its jobs are cancelled, and the data in it are lost.',
            cluster.name
          )
        : trans.__(
            'The new cluster replaces “%1”, which has ended: its card and its logs are removed.',
            cluster.name
          )}
    </div>
  );
}
