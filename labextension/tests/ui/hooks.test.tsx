import { Signal } from '@lumino/signaling';
import { act, cleanup, render } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import { useSignal } from '../../src/ui/hooks';
import { Shown, ShownContext } from '../../src/ui/shown';

class Source {
  readonly changed = new Signal<this, void>(this);
  value = 0;
}

describe('a component that follows a signal', () => {
  afterEach(cleanup);

  const open = (source: Source, shown: Shown | null = null): { drawn: number[] } => {
    const drawn: number[] = [];
    function Follower(): null {
      useSignal(source.changed);
      drawn.push(source.value);
      return null;
    }
    render(
      <ShownContext.Provider value={shown}>
        <Follower />
      </ShownContext.Provider>
    );
    return { drawn };
  };
  const set = (source: Source, value: number): void =>
    act(() => {
      source.value = value;
      source.changed.emit();
    });

  it('is drawn once, and once more for each emission', () => {
    const source = new Source();
    const { drawn } = open(source);
    expect(drawn).toEqual([0]);
    set(source, 1);
    expect(drawn).toEqual([0, 1]);
  });

  it('misses nothing that happens while it is drawn', () => {
    const source = new Source();
    function Meddler(): null {
      useSignal(source.changed);
      if (source.value === 0) {
        source.value = 1;
        source.changed.emit();
      }
      drawn.push(source.value);
      return null;
    }
    const drawn: number[] = [];
    render(<Meddler />);
    expect(drawn.at(-1)).toBe(1);
  });

  it('is drawn again once it is shown, and not while it is hidden', () => {
    const source = new Source();
    const shown = new Shown();
    const { drawn } = open(source, shown);
    set(source, 1);
    set(source, 2);
    expect(drawn).toEqual([0]);
    act(() => void (shown.isShown = true));
    expect(drawn).toEqual([0, 2]);
    act(() => void (shown.isShown = false));
    act(() => void (shown.isShown = true));
    expect(drawn).toEqual([0, 2]);
  });
});
