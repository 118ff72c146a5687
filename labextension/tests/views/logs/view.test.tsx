import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RestError } from '../../../src/api/restapi';
import { LogModel } from '../../../src/views/logs/model';
import { LogView } from '../../../src/views/logs/view';
import { aCluster, aJob } from '../../fixtures';
import { viewHarness, settle } from '../../viewharness';

const aLogView = (source = 'controller') =>
  viewHarness(
    manager => new LogModel({ manager, id: '3f9a12bc', name: 'blue-otter', source }),
    model => <LogView model={model} />
  );

let view: ReturnType<typeof aLogView>;

beforeEach(() => {
  vi.useFakeTimers();
  view = aLogView();
});

afterEach(() => {
  view.close();
  vi.useRealTimers();
});

const pane = (): HTMLElement => screen.getByTestId('log-text');
const says = (...pieces: [text: string, start: number, end: number][]): void => {
  for (const [text, start, end] of pieces) {
    view.manager.log.mockResolvedValueOnce({ text, start, end });
  }
};
/** Give the pane a layout, which jsdom does not compute. */
const layOut = (scrollHeight: number, clientHeight: number): void => {
  Object.defineProperty(pane(), 'scrollHeight', { value: scrollHeight, configurable: true });
  Object.defineProperty(pane(), 'clientHeight', { value: clientHeight, configurable: true });
};
const scrollTo = (top: number): void => {
  pane().scrollTop = top;
  fireEvent.scroll(pane());
};

describe('a log', () => {
  it('is followed: only what is new is asked for', async () => {
    says(['one\n', 0, 4], ['two\n', 4, 8]);
    await view.open();
    await settle(2000);
    expect(pane().textContent).toBe('one\ntwo\n');
    expect(view.manager.log.mock.calls).toEqual([
      ['3f9a12bc', 'controller', { after: null, background: false }],
      ['3f9a12bc', 'controller', { after: 4, background: true }]
    ]);
  });

  it('begins anew where the answer does', async () => {
    says(['one\n', 0, 4], ['again\n', 0, 6]);
    await view.open();
    await settle(2000);
    expect(pane().textContent).toBe('again\n');
  });

  it('of an older server is read whole again and again', async () => {
    view.manager.log.mockResolvedValue({ text: 'one\n', start: null, end: null });
    await view.open();
    await settle(2000);
    expect(pane().textContent).toBe('one\n');
    expect(view.manager.log).toHaveBeenLastCalledWith('3f9a12bc', 'controller', {
      after: null,
      background: true
    });
  });

  it('scrolls with its end until the reader scrolls up, and again after Follow', async () => {
    says(['one\n', 0, 4], ['two\n', 4, 8], ['three\n', 8, 14]);
    await view.open();
    layOut(1000, 200);
    await settle(2000);
    expect(pane().scrollTop).toBe(1000);
    scrollTo(800); // Its end, as a browser has it.
    scrollTo(300);
    layOut(1200, 200);
    await settle(2000);
    expect(pane().scrollTop).toBe(300);
    fireEvent.click(screen.getByRole('button', { name: 'Follow' }));
    expect(pane().scrollTop).toBe(1200);
    expect(screen.queryByRole('button', { name: 'Follow' })).toBeNull();
  });

  it('of another source is another, and an answer that comes too late is not its', async () => {
    says(['one\n', 0, 4]);
    view.manager.jobs.mockResolvedValue([aJob({ id: '81_0' }), aJob({ id: '81_1', error: 'x' })]);
    await view.open();
    const choices = [...screen.getByRole('combobox').querySelectorAll('option')];
    expect(choices.map(option => option.value)).toEqual([
      'controller',
      'scheduler',
      '81_1',
      '81_0'
    ]);
    says(['of the job\n', 0, 11]);
    await act(async () => {
      fireEvent.change(screen.getByRole('combobox'), { target: { value: '81_1' } });
    });
    expect(view.manager.log).toHaveBeenLastCalledWith('3f9a12bc', '81_1', {
      after: null,
      background: false
    });
    expect(pane().textContent).toBe('of the job\n');
  });

  it('that is chosen again before its first answer came is read once', async () => {
    await view.open();
    const answers: ((text: string) => void)[] = [];
    view.manager.log.mockImplementation(
      async () =>
        new Promise(resolve => {
          answers.push(text => resolve({ text, start: 0, end: text.length }));
        })
    );
    for (const source of ['scheduler', 'controller', 'scheduler']) {
      await act(async () => {
        view.model.source = source;
      });
    }
    expect(answers).toHaveLength(3);
    await act(async () => answers[2]('of the scheduler\n'));
    await act(async () => answers[0]('of the scheduler\n'));
    await act(async () => answers[1]('of the controller\n'));
    expect(pane().textContent).toBe('of the scheduler\n');
    await settle(2000); // nothing holds the next request up
    expect(view.manager.log).toHaveBeenLastCalledWith('3f9a12bc', 'scheduler', {
      after: 17,
      background: true
    });
  });

  it('that is not there yet is said in the server’s words, and looked for', async () => {
    view.manager.log.mockRejectedValueOnce(new RestError('there is no log of 81_0 (yet)', 404));
    await view.open();
    expect(pane().textContent).toBe('there is no log of 81_0 (yet)');
    says(['here\n', 0, 5]);
    await settle(2000);
    expect(pane().textContent).toBe('here\n');
  });

  it('of a cluster that has ended is read once more, and no longer', async () => {
    view.manager.log.mockResolvedValue({ text: '', start: 4, end: 4 });
    says(['one\n', 0, 4]);
    await view.open();
    await view.event(aCluster({ status: 'failed' }));
    await settle(2000);
    expect(view.manager.log).toHaveBeenCalledTimes(2);
    expect(screen.getByTestId('log-state').textContent).toBe('the log has ended');
    await settle(60_000);
    expect(view.manager.log).toHaveBeenCalledTimes(2);
  });

  it('of a cluster that is gone stays, and is not asked for', async () => {
    says(['one\n', 0, 4]);
    await view.open();
    await view.event();
    await settle(60_000);
    expect(view.manager.log).toHaveBeenCalledTimes(1);
    expect(screen.getByTestId('cluster-gone')).toBeTruthy();
    expect(pane().textContent).toBe('one\n');
  });
});

it('the log of some job is that of the last one that failed', async () => {
  view = aLogView('job');
  view.manager.jobs.mockResolvedValue([aJob({ id: '81_0' }), aJob({ id: '81_1', error: 'x' })]);
  await view.open();
  expect(view.manager.log.mock.calls.map(([, source]) => source)).toEqual(['81_1']);
});

it('the log of some job is looked for anew in a tab that is open', async () => {
  view.manager.jobs.mockResolvedValue([aJob({ id: '81_0' })]);
  await view.open();
  view.manager.jobs.mockResolvedValue([aJob({ id: '81_0' }), aJob({ id: '81_1', error: 'x' })]);
  await act(async () => {
    view.model.detail = 'job';
  });
  await settle();
  expect(view.manager.log.mock.calls.map(([, source]) => source)).toEqual(['controller', '81_1']);
  expect(screen.getByTestId('log-text').dataset.source).toBe('81_1');
});
