import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FocusKeeper } from '../../src/ui/focuskeeper';

describe('the keeper of the focus', () => {
  let root: HTMLElement;
  let keeper: FocusKeeper;

  const find = (selector: string): HTMLElement => root.querySelector<HTMLElement>(selector)!;
  const button = (id: string): HTMLButtonElement => find(`#${id}`) as HTMLButtonElement;
  /** Mutation observers are called in a microtask. */
  const told = (): Promise<void> => Promise.resolve();

  beforeEach(() => {
    document.body.innerHTML = `
      <button id="elsewhere"></button>
      <section tabindex="-1">
        <ul>
          <li id="first" tabindex="-1"><button id="a"></button><button id="b"></button></li>
          <li id="second" tabindex="-1"><button id="c"></button></li>
          <li id="third" tabindex="-1"><button id="d"></button></li>
        </ul>
      </section>`;
    root = document.querySelector('section')!;
    keeper = new FocusKeeper(root);
  });

  afterEach(() => {
    keeper.dispose();
    document.body.innerHTML = '';
  });

  it('gives it to the place around a button that is gone', async () => {
    button('a').focus();
    button('a').remove();
    await told();
    expect(document.activeElement?.id).toBe('first');
  });

  it('gives it to the next of the places when its own is gone, or to the one before', async () => {
    button('c').focus();
    find('#second').remove();
    await told();
    expect(document.activeElement?.id).toBe('third');
    find('#third').remove();
    await told();
    expect(document.activeElement?.id).toBe('first');
  });

  it('gives it to the root when nothing is left', async () => {
    button('d').focus();
    find('ul').remove();
    await told();
    expect(document.activeElement).toBe(root);
  });

  it('gives it back to a button that was disabled for a while', async () => {
    button('a').focus();
    button('a').disabled = true;
    await told();
    expect(document.activeElement?.id).toBe('first');
    button('a').disabled = false;
    await told();
    expect(document.activeElement?.id).toBe('a');
  });

  it('takes no disabled button for a place', async () => {
    button('a').tabIndex = 0;
    button('a').focus();
    button('a').disabled = true;
    await told();
    expect(document.activeElement?.id).toBe('first');
  });

  it('gives nothing back to a button whose user went on meanwhile', async () => {
    button('a').focus();
    button('a').disabled = true;
    await told();
    button('c').focus();
    button('a').disabled = false;
    await told();
    expect(document.activeElement?.id).toBe('c');
  });

  it('takes it from nobody else', async () => {
    button('a').focus();
    document.getElementById('elsewhere')!.focus();
    button('a').remove();
    await told();
    expect(document.activeElement?.id).toBe('elsewhere');
  });

  it('leaves it alone when the user let go of it', async () => {
    button('a').focus();
    button('a').blur();
    await told();
    button('a').remove();
    await told();
    expect(document.activeElement).toBe(document.body);
  });

  it('does nothing any longer once it is disposed', async () => {
    button('a').focus();
    keeper.dispose();
    keeper.dispose();
    button('a').remove();
    await told();
    expect(document.activeElement).toBe(document.body);
  });
});
