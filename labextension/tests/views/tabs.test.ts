import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { Widget } from '@lumino/widgets';
import { act } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RestError } from '../../src/api/restapi';
import type { ICluster } from '../../src/api/restapi';
import type { ITabs } from '../../src/views/kinds';
import { makeTabs } from '../../src/views/kinds';
import type { FakeManager } from '../fakes';
import { fakeManager, recordingCommands } from '../fakes';
import { aCluster, aJob, deferred, trans } from '../fixtures';
import { giveElementsSize, settle } from '../viewharness';

let manager: FakeManager;
let tabs: ITabs;
let shown: Widget[];

beforeEach(() => {
  vi.useFakeTimers();
  giveElementsSize(600);
  manager = fakeManager([aCluster()]);
  shown = [];
  const shell = { add: (tab: Widget) => void shown.push(tab), activateById: vi.fn() };
  tabs = makeTabs({
    app: { shell } as unknown as JupyterFrontEnd,
    labShell: shell as unknown as ILabShell,
    context: { manager, commands: recordingCommands().commands, trans }
  });
});

afterEach(() => {
  act(() => shown.forEach(tab => tab.dispose()));
  vi.useRealTimers();
});

describe('the tab of jobs', () => {
  const openJobs = async (): Promise<void> => {
    tabs.jobs.open('3f9a12bc', 'blue-otter');
    act(() => Widget.attach(shown[0], document.body));
    await settle();
  };
  const grid = (): Element => shown[0].node.querySelector('[role="grid"]')!;
  const replace = (): HTMLButtonElement =>
    grid().querySelector<HTMLButtonElement>('[aria-label="Replace job 81_3"]')!;

  it('keeps the focus while a job is replaced, and when its row is gone', async () => {
    manager.jobs.mockResolvedValue([aJob()]);
    await openJobs();
    const answer = deferred<ICluster>();
    manager.replaceJob.mockReturnValueOnce(answer.promise);
    act(() => grid().querySelector<HTMLElement>('[data-job-id]')!.click());
    replace().focus();
    await act(async () => replace().click());
    expect(replace().getAttribute('aria-disabled')).toBe('true');
    expect(document.activeElement).toBe(replace());
    await act(async () => answer.reject(new RestError('it is leaving already', 409)));
    expect(document.activeElement).toBe(replace());

    manager.jobs.mockResolvedValue([aJob({ id: '81_4' })]);
    await settle(5000);
    expect(document.activeElement).toBe(grid());
  });

  it('is drawn again once it is shown, and not while it is hidden', async () => {
    manager.jobs.mockResolvedValue([aJob()]);
    await openJobs();
    act(() => shown[0].hide());
    const drawn = vi.fn();
    const observer = new MutationObserver(drawn);
    observer.observe(shown[0].node, { subtree: true, childList: true, characterData: true });
    manager.clusters = [];
    act(() => manager.changed.emit());
    await settle(120_000);
    expect(drawn).not.toHaveBeenCalled();
    act(() => shown[0].show());
    await settle();
    expect(shown[0].node.textContent).toContain('blue-otter is gone');
    observer.disconnect();
  });
});
