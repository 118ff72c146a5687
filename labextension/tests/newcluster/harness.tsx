/** Renders the New cluster form with a fake manager. */

import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';

import type { ISite } from '../../src/api/restapi';
import { NewClusterForm } from '../../src/newcluster/form';
import { PREVIEW_DELAY } from '../../src/newcluster/model/check';
import { NewClusterModel } from '../../src/newcluster/model/model';
import type { FakeManager } from '../fakes';
import { fakeManager } from '../fakes';
import { aPartition, aSite, trans } from '../fixtures';

export const long = aPartition({
  name: 'long',
  default: false,
  cores_per_node: 64,
  memory_per_node: 256e9,
  max_walltime: 172_800,
  default_walltime: 3600,
  accounts: ['physics'],
  gpus: [
    { type: 'a100', per_node: 4, total: 8, idle: 3 },
    { type: 'v100', per_node: 2, total: 4, idle: null }
  ]
});
const broken = aPartition({ name: 'broken', default: false, available: false, idle_cores: 0 });

/** A site with three partitions and accounting. */
export function site(changes: Partial<ISite> = {}): ISite {
  return aSite({
    partitions: [aPartition(), long, broken],
    accounts: ['physics', 'chemistry'],
    default_account: 'chemistry',
    qos: ['normal', 'short'],
    qos_limits: {},
    ...changes
  });
}

/** Call once per file: registers the hooks that set up and clean up each test. */
export function formHarness() {
  let manager: FakeManager;
  let model: NewClusterModel;

  beforeEach(() => {
    vi.useFakeTimers();
    manager = fakeManager([], site());
  });

  afterEach(() => {
    cleanup();
    model.dispose();
    vi.useRealTimers();
  });

  return {
    get manager(): FakeManager {
      return manager;
    },
    get model(): NewClusterModel {
      return model;
    },

    async open(options: Partial<NewClusterModel.IOptions> = {}): Promise<void> {
      model = new NewClusterModel({ manager, trans, ...options });
      render(<NewClusterForm model={model} trans={trans} />);
      await act(async () => {
        await model.ready;
        await vi.advanceTimersByTimeAsync(0);
      });
    },

    /** Let the pause before the request for a script pass. */
    pause: (): Promise<unknown> => act(() => vi.advanceTimersByTimeAsync(PREVIEW_DELAY)),

    radio: (name: RegExp): HTMLInputElement => screen.getByRole('radio', { name }),

    /** The button of "More options". */
    more: (): HTMLElement => screen.getByRole('button', { name: /^More options/ }),

    /** The last request for a script. */
    asked: () => manager.jobScript.mock.lastCall![0]
  };
}
