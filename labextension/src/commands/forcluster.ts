/** Adds commands about one cluster: `args.id`, or the only one that fits, or the user's choice. */

import { InputDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { errorWords } from '../api/errorwords';
import type { ICluster } from '../api/restapi';
import type { IClusterManager } from '../clusters/tokens';

export interface IForClusterOptions {
  commands: CommandRegistry;
  manager: IClusterManager;
  trans: TranslationBundle;
}

/** Add a command. Its errors are shown in a dialog, in their own words. */
export type AddForCluster = (
  id: string,
  label: string,
  fits: (cluster: ICluster) => boolean,
  act: (cluster: ICluster, args: ReadonlyPartialJSONObject) => Promise<void> | void,
  /** Its name in the palette, where nothing around it says what it is about. */
  paletteLabel?: string
) => void;

export function forCluster({ commands, manager, trans }: IForClusterOptions): AddForCluster {
  const named = (args: ReadonlyPartialJSONObject): ICluster | undefined =>
    typeof args.id === 'string' ? manager.find(args.id) : undefined;

  const pick = async (
    args: ReadonlyPartialJSONObject,
    fits: (cluster: ICluster) => boolean
  ): Promise<ICluster | undefined> => {
    if (typeof args.id === 'string') {
      return named(args);
    }
    const fitting = manager.clusters.filter(fits);
    if (fitting.length <= 1) {
      return fitting[0];
    }
    const { value } = await InputDialog.getItem({
      title: trans.__('Which cluster?'),
      items: fitting.map(cluster => cluster.name)
    });
    return fitting.find(cluster => cluster.name === value);
  };

  // What each command says of itself depends on the clusters that it fits, and their names.
  const said = new Map<string, { fits: (cluster: ICluster) => boolean; of: string }>();
  const fitting = (fits: (cluster: ICluster) => boolean): string =>
    JSON.stringify(manager.clusters.filter(fits).map(({ id, name }) => [id, name]));
  manager.changed.connect(() => {
    for (const [id, known] of said) {
      const now = fitting(known.fits);
      if (now !== known.of) {
        known.of = now;
        commands.notifyCommandChanged(id);
      }
    }
  });

  return (id, label, fits, act, paletteLabel = label) => {
    said.set(id, { fits, of: fitting(fits) });
    commands.addCommand(id, {
      // In a list of clusters, the name is enough.
      label: args =>
        args.isList ? (named(args)?.name ?? label) : args.isPalette ? paletteLabel : label,
      isEnabled: args =>
        typeof args.id === 'string'
          ? manager.clusters.some(cluster => cluster.id === args.id && fits(cluster))
          : manager.clusters.some(fits),
      execute: async args => {
        const cluster = await pick(args, fits);
        if (cluster === undefined) {
          return;
        }
        try {
          await act(cluster, args);
        } catch (error) {
          const words = errorWords(error);
          await showErrorMessage(trans.__('%1: %2', cluster.name, label), words);
        }
      }
    });
  };
}
