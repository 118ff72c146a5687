/** A quiet line at the end of the panel: what the administrator has to say to everybody. */

import * as React from 'react';

import type { INotice } from '../api/restapi';
import { useApp } from '../ui/context';

/**
 * Below the clusters, so that it moves nothing when it comes. The text is shown as it is; of the link the server
 * has seen that it is one, which is looked at again.
 */
export function Notice({ notice }: { notice: INotice | null }): React.JSX.Element | null {
  const { trans } = useApp();
  const message = notice?.message ?? null;
  const link = /^https?:\/\//.test(notice?.link ?? '') ? notice!.link! : null;
  if (message === null && link === null) {
    return null;
  }
  return (
    <div className="jp-DaskSlurm-notice jp-DaskSlurm-quiet" role="note" data-testid="notice">
      {message}
      {message !== null && link !== null && ' '}
      {link !== null && (
        <a href={link} target="_blank" rel="noopener noreferrer">
          {message === null ? trans.__('About clusters on this site') : trans.__('Learn more')}
        </a>
      )}
    </div>
  );
}
