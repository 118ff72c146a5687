import type { IStateDB } from '@jupyterlab/statedb';
import { describe, expect, it } from 'vitest';

import { OpenCards } from '../../src/panel/opencards';
import { aCluster } from '../fixtures';

/** A state database in memory. */
function memory(): Pick<IStateDB, 'fetch' | 'save'> & { saved: unknown } {
  const state = {
    saved: undefined as unknown,
    fetch: async () => state.saved,
    save: async (_: string, value: unknown) => {
      state.saved = value;
    }
  };
  return state as never;
}

const clusters = ['one', 'two', 'three'].map(id => aCluster({ id }));
const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 0));

async function opened(state: ReturnType<typeof memory>): Promise<OpenCards> {
  const cards = new OpenCards(state as unknown as IStateDB);
  await cards.load();
  cards.update(clusters, () => true);
  return cards;
}

describe('which cards are open', () => {
  it('is remembered across a reload', async () => {
    const state = memory();
    const cards = await opened(state);
    expect(cards.isOpen('two')).toBe(false);
    cards.set('two', true);
    await settled();
    expect((await opened(state)).isOpen('two')).toBe(true);
  });

  it('is not decided before it is known what was open', async () => {
    const state = memory();
    state.saved = { one: true };
    const cards = new OpenCards(state as unknown as IStateDB);
    cards.update(clusters.slice(0, 1), () => false);
    await cards.load();
    cards.update(clusters.slice(0, 1), () => false);
    expect(cards.isOpen('one')).toBe(true);
  });

  it('is forgotten of clusters that are gone, and keeps what another tab chose', async () => {
    const state = memory();
    const cards = await opened(state);
    await settled();
    state.saved = { ...(state.saved as object), gone: true, three: true };
    cards.set('one', true);
    await settled();
    expect(Object.keys(state.saved as object).sort()).toEqual(['one', 'three', 'two']);
    expect(state.saved).toMatchObject({ one: true });
  });

  it.each([null, 'nonsense', { one: 'yes' }])(
    'is nothing of what makes no sense: %j',
    async saved => {
      const state = memory();
      state.saved = saved;
      expect((await opened(state)).isOpen('one')).toBe(false);
    }
  );
});
