/** A note for sites where the embedded queue is the only batch system. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ISite } from '../api/sitewire';

interface IEmbeddedNoteProps {
  site: ISite | null;
  trans: TranslationBundle;
}

/** Renders nothing if Slurm is, or may be, available: its own status is shown then. */
export function EmbeddedNote({ site, trans }: IEmbeddedNoteProps): React.JSX.Element | null {
  if (site?.batch_system !== 'local' || site.choices?.includes('slurm') !== false) {
    return null;
  }
  return (
    <div className="jp-DaskSlurm-quiet jp-DaskSlurm-wide" data-testid="embedded-note">
      <p>
        {trans.__(
          'No Slurm in use here: jobs run on this machine, as many as its cores and memory allow.'
        )}
      </p>
      <p>
        {trans.__(
          'To use Slurm, start the Jupyter server where sbatch is on its PATH, with batch_system “auto” or “slurm”.'
        )}
      </p>
    </div>
  );
}
