/** That jobs of another size would do, with the way there. */

import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { adviceWords } from '../../clusters/words/usage';
import { useApp } from '../../ui/context';
import { ChangeButton } from './changebutton';

export function SizeAdvice({ cluster }: { cluster: ICluster }): React.JSX.Element | null {
  const { trans } = useApp();
  const words = cluster.status === 'running' ? adviceWords(cluster, trans) : '';
  return words === '' ? null : (
    <div className="jp-DaskSlurm-quiet" data-testid="size-advice">
      {words} <ChangeButton cluster={cluster} advised className="jp-DaskSlurm-link" />
    </div>
  );
}
