/** The command that sets the idle time-out of a cluster: to `seconds`, or to what the user enters. */

import { showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { errorWords } from '../api/errorwords';
import type { ICluster } from '../api/restapi';
import { CommandIDs } from '../clusters/commandids';
import { IDLE_TIMEOUTS } from '../clusters/ends';
import type { IClusterManager } from '../clusters/tokens';
import { formatDuration } from '../clusters/words/format';
import { askIdleTimeout } from './idledialog';

export interface IIdleCommandOptions {
  app: { commands: CommandRegistry };
  manager: IClusterManager;
  trans: TranslationBundle;
}

export function addIdleCommand({ app, manager, trans }: IIdleCommandOptions): void {
  const { commands } = app;
  const clusterOf = (args: ReadonlyPartialJSONObject): ICluster | undefined =>
    typeof args.id === 'string' ? manager.find(args.id) : undefined;
  const words = (seconds: number): string =>
    seconds === 0 ? trans.__('Never') : formatDuration(seconds, trans);

  commands.addCommand(CommandIDs.idleTimeout, {
    label: args => {
      if (typeof args.seconds === 'number') {
        return words(args.seconds);
      }
      const now = clusterOf(args)?.options.idle_timeout ?? null;
      return now === null || IDLE_TIMEOUTS.includes(now)
        ? trans.__('Other…')
        : trans.__('Other (%1)…', words(now));
    },
    isEnabled: args => {
      const status = clusterOf(args)?.status;
      return !manager.site?.read_only && (status === 'running' || status === 'starting');
    },
    isToggleable: true,
    isToggled: args => {
      const now = clusterOf(args)?.options.idle_timeout;
      if (typeof now !== 'number') {
        return false;
      }
      return typeof args.seconds === 'number' ? args.seconds === now : !IDLE_TIMEOUTS.includes(now);
    },
    execute: async args => {
      const cluster = clusterOf(args);
      if (cluster === undefined) {
        return;
      }
      const seconds =
        typeof args.seconds === 'number' ? args.seconds : await askIdleTimeout(cluster, trans);
      if (seconds === null) {
        return;
      }
      try {
        await manager.setIdleTimeout(cluster.id, seconds);
      } catch (error) {
        const reason = errorWords(error);
        await showErrorMessage(trans.__('%1: idle time-out', cluster.name), reason);
      }
    }
  });
}
