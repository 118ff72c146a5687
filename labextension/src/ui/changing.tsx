/** Controls that change something, for users who may only read. */

import * as React from 'react';

import { useApp } from './context';

/** Whether Jupyter's authorization lets this user only read. */
export function useReadOnly(): boolean {
  const { manager } = useApp();
  const subscribe = React.useCallback(
    (onChange: () => void) => {
      manager.changed.connect(onChange);
      return () => void manager.changed.disconnect(onChange);
    },
    [manager]
  );
  return React.useSyncExternalStore(subscribe, () => manager.site?.read_only ?? false);
}

/** Disables the controls in it for a user who may only read. */
export function Changing({ children }: { children: React.ReactNode }): React.JSX.Element {
  return (
    <fieldset className="jp-DaskSlurm-fieldset" role="presentation" disabled={useReadOnly()}>
      {children}
    </fieldset>
  );
}
