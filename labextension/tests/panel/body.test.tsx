import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ICluster } from '../../src/api/restapi';
import { RestError } from '../../src/api/restapi';
import { CommandIDs } from '../../src/clusters/commandids';
import type { PanelModel } from '../../src/panel/model';
import { KEY_DELAY } from '../../src/panel/size/model';
import type { FakeManager } from '../fakes';
import { aCluster, aProblem, aSite, noJobs } from '../fixtures';
import { panelHarness } from '../panelharness';

describe('the panel', () => {
  let panel: ReturnType<typeof panelHarness>;
  let manager: FakeManager;
  let model: PanelModel;
  let executed: [string, unknown][];

  const open = (...clusters: ICluster[]): void => {
    panel.open(...clusters);
    ({ model } = panel);
  };

  const event = (...clusters: ICluster[]): void => panel.event(...clusters);

  const card = (name?: string): ReturnType<typeof within> => panel.card(name);

  beforeEach(() => {
    vi.useFakeTimers();
    panel = panelHarness();
    ({ manager, executed } = panel);
  });

  afterEach(() => {
    panel.close();
    vi.useRealTimers();
  });

  describe('without clusters', () => {
    it('teaches what one is and offers to make one', () => {
      open();
      expect(screen.getByTestId('empty-state').textContent).toContain('No cluster yet');
      fireEvent.click(screen.getByRole('button', { name: 'New Cluster' }));
      expect(executed).toEqual([[CommandIDs.newCluster, {}]]);
    });

    it('says so when the server extension is missing', () => {
      manager.connection = 'missing';
      open();
      expect(screen.getByTestId('extension-missing')).toBeTruthy();
      expect(screen.queryByTestId('empty-state')).toBeNull();
    });

    it('shows the words of a server that fails, above what was known', () => {
      manager.connection = 'failed';
      manager.message = 'the registry cannot be read: Permission denied';
      open(aCluster());
      const alert = screen.getByTestId('connection-failed');
      expect(alert.textContent).toContain('the registry cannot be read: Permission denied');
      expect(card()).toBeTruthy();
    });

    it('says that the administrator’s settings are broken, and offers no new cluster', () => {
      manager.connection = 'failed';
      manager.isMisconfigured = true;
      manager.message = 'DaskSlurmExtension.max_job: there is no such setting';
      open();
      const alert = screen.getByTestId('misconfigured');
      expect(alert.textContent).toContain('The administrator’s settings are broken.');
      expect(alert.textContent).toContain('max_job: there is no such setting');
      expect(screen.queryByTestId('connection-failed')).toBeNull();
      expect(screen.getByRole<HTMLButtonElement>('button', { name: 'New Cluster' }).disabled).toBe(
        true
      );
    });

    it('offers nothing that changes a cluster to a user who may only read', () => {
      manager.site = aSite({ read_only: true });
      open(aCluster(), aCluster({ id: 'over', name: 'old-owl', status: 'failed' }));
      panel.toggle();
      expect(screen.getByTestId('read-only').textContent).toContain('does not let you change them');
      const isDisabled = (element: HTMLElement): boolean => element.matches(':disabled');
      expect(isDisabled(screen.getByRole('button', { name: 'New Cluster' }))).toBe(true);
      for (const name of ['Stop', 'Start Again', 'Change…', 'Dismiss']) {
        expect(isDisabled(screen.getByRole('button', { name }))).toBe(true);
      }
      expect(isDisabled(screen.getByTestId('scale-slider'))).toBe(true);
      fireEvent.doubleClick(card().getByText('blue-otter'));
      expect(screen.queryByLabelText('Name of the cluster')).toBeNull();
      for (const button of screen.getAllByRole('button', { name: /^(Jobs|Log)$/ })) {
        expect(isDisabled(button)).toBe(false);
      }
      act(() => {
        manager.site = aSite();
        manager.changed.emit();
      });
      expect(screen.queryByTestId('read-only')).toBeNull();
      expect(isDisabled(screen.getByRole('button', { name: 'Stop' }))).toBe(false);
    });

    it('says what is left out, below what is listed', () => {
      manager.site = aSite({ left_out: ['/state/aaaaaaaa belongs to mallory, not to you'] });
      open(aCluster());
      const note = screen.getByTestId('left-out');
      expect(note.textContent).toContain('/state/aaaaaaaa belongs to mallory');
      const last = screen.getByRole('list', { name: 'Dask Clusters' });
      expect(last.compareDocumentPosition(note)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
      manager.site = aSite({ left_out: [] });
      event(aCluster());
      expect(screen.queryByTestId('left-out')).toBeNull();
    });

    it('says that the server is gone, and sends the size that was set meanwhile', async () => {
      open(aCluster());
      const gone = (isServerGone: boolean): void => {
        manager.isServerGone = isServerGone;
        manager.connection = isServerGone ? 'failed' : 'ok';
        act(() => manager.changed.emit());
      };
      gone(true);
      const note = screen.getByTestId('server-gone');
      expect(note.textContent).toContain('The Jupyter server does not answer.');
      expect(note.textContent).toContain('A size that you set now is sent when it is back.');
      const field = card().getByTestId('scale-field') as HTMLInputElement;
      manager.scale.mockRejectedValueOnce(new RestError('Failed to fetch', 0));
      fireEvent.change(field, { target: { value: '7' } });
      await act(async () => void fireEvent.keyDown(field, { key: 'Enter' }));
      expect(card().getByTestId('scale-error').textContent).toContain('Sent as soon as');
      expect(field.value).toBe('7');
      await act(async () => gone(false));
      expect(screen.queryByTestId('server-gone')).toBeNull();
      expect(manager.scale.mock.calls.map(([, scaling]) => scaling)).toEqual([
        { jobs: 7 },
        { jobs: 7 }
      ]);
      expect(card().queryByTestId('scale-error')).toBeNull();
    });

    it('does not send a size again that the server refused', async () => {
      open(aCluster());
      const field = card().getByTestId('scale-field') as HTMLInputElement;
      manager.scale.mockRejectedValueOnce(new RestError('at most 5 jobs', 400, 'InvalidOptions'));
      fireEvent.change(field, { target: { value: '7' } });
      await act(async () => void fireEvent.keyDown(field, { key: 'Enter' }));
      for (const isServerGone of [true, false]) {
        manager.isServerGone = isServerGone;
        act(() => manager.changed.emit());
      }
      expect(manager.scale).toHaveBeenCalledTimes(1);
    });

    it('says that the file system hangs, keeps the cards, and takes it back', () => {
      const registry = aProblem({
        code: 'registry_silent',
        message: '/home/alice/dask-slurm does not answer'
      });
      manager.site = aSite({ registry, problem: aProblem({ message: 'squeue: silent, too' }) });
      open(aCluster());
      const line = screen.getByTestId('site-line');
      expect(line.textContent).toContain('/home/alice/dask-slurm does not answer');
      expect(line.textContent).toContain('What runs goes on.');
      expect(card()).toBeTruthy();
      manager.site = aSite({ registry: null });
      event(aCluster());
      expect(screen.getByTestId('site-line').textContent).not.toContain('does not answer');
    });

    it('says below the clusters what the administrator has to say', () => {
      manager.site = aSite({
        notice: { message: 'Down on Monday. <b>9:00</b>', link: 'https://docs.example.org/dask' }
      });
      open(aCluster());
      const notice = screen.getByTestId('notice');
      expect(notice.textContent).toBe('Down on Monday. <b>9:00</b> Learn more');
      const link = within(notice).getByRole('link');
      expect(link.getAttribute('href')).toBe('https://docs.example.org/dask');
      expect(link.getAttribute('rel')).toContain('noopener');
      expect(
        card().getByTestId('cluster-status').compareDocumentPosition(notice) &
          Node.DOCUMENT_POSITION_FOLLOWING
      ).toBeTruthy();
      manager.site = aSite({ notice: { message: null, link: 'https://docs.example.org/' } });
      event(aCluster());
      expect(screen.getByTestId('notice').textContent).toBe('About clusters on this site');
      for (const nothing of [null, undefined, { message: null, link: 'javascript:alert()' }]) {
        manager.site = aSite({ notice: nothing });
        event(aCluster());
        expect(screen.queryByTestId('notice')).toBeNull();
      }
    });

    it('shows what a silent Slurm said', () => {
      manager.site = aSite({ problem: aProblem({ message: 'squeue: Unable to contact' }) });
      open();
      expect(screen.getByTestId('site-line').textContent).toContain('squeue: Unable to contact');
    });
  });

  describe('a card', () => {
    it('says how the cluster is and what its jobs do', () => {
      const jobs = { ...noJobs, desired: 8, pending: 3, running: 5, connected: 4 };
      open(aCluster({ jobs, pending_reason: 'Resources' }));
      expect(card().getByTestId('cluster-status').textContent).toBe('running');
      expect(card().getByTestId('job-words').textContent).toBe('4 connected1 starting3 pending');
      expect(card().getByTestId('pending-reason').textContent).toBe(
        'Waiting for free cores or memory (Resources).'
      );
      expect(card().getByTestId('job-words').title).toBe('Running: 48 cores, 64 GB, 16 workers');
      expect(card().getByTestId('job-size').textContent).toBe(
        'debug · 30 min · 12 cores, 16 GB, 4 workers per job'
      );
    });

    it('follows an event', () => {
      open(aCluster({ status: 'starting', client_code: null, dashboard_path: null }));
      expect(card().getByRole('button', { name: 'Insert Client' })).toHaveProperty(
        'disabled',
        true
      );
      event(aCluster());
      expect(card().getByRole('button', { name: 'Insert Client' })).toHaveProperty(
        'disabled',
        false
      );
    });

    it.each([
      ['Insert Client', CommandIDs.insertClient],
      ['Stop', CommandIDs.stop]
    ])('%s is about its own cluster', (name, command) => {
      open(aCluster(), aCluster({ id: 'other', name: 'red-fox' }));
      panel.toggle('red-fox');
      fireEvent.click(card('red-fox').getByRole('button', { name }));
      expect(executed).toEqual([[command, { id: 'other' }]]);
    });

    it('offers the next step of a failed cluster, and no slider', () => {
      open(aCluster({ status: 'failed', problems: [aProblem({ message: 'No module named x' })] }));
      expect(card().getByRole('alert').textContent).toContain('No module named x');
      expect(card().queryByRole('slider')).toBeNull();
      expect(card().getByRole('button', { name: 'Start Again' })).toBeTruthy();
      fireEvent.click(card().getByRole('button', { name: 'Log' }));
      fireEvent.click(card().getByRole('button', { name: 'Dismiss' }));
      expect(executed.map(([id]) => id)).toEqual([CommandIDs.showLog, CommandIDs.forget]);
    });

    it('shows a problem in its own words until it is dismissed', () => {
      open(aCluster({ problems: [aProblem()] }));
      expect(card().getByTestId('problem').textContent).toContain('sbatch: error: Invalid account');
      fireEvent.click(card().getByRole('button', { name: 'Retry' }));
      expect(executed).toEqual([[CommandIDs.retry, { id: '3f9a12bc' }]]);
      fireEvent.click(card().getByRole('button', { name: 'Dismiss this message' }));
      expect(card().queryByTestId('problem')).toBeNull();
    });

    it('tells the age of a problem outside of what is read out, from a minute on', () => {
      const since = new Date(Date.now()).toISOString();
      manager.site = aSite({ problem: aProblem({ message: 'no controller', since }) });
      open(aCluster({ problems: [aProblem({ since })] }));
      const siteStatus = within(screen.getByTestId('site-line')).getByRole('status');
      const said = card().getByRole('alert').textContent;
      expect(said).toContain('then press Retry.');
      expect(siteStatus.textContent).toBe('no controller');
      expect(card().queryByTestId('problem-age')).toBeNull();
      expect(screen.getByTestId('site-line').textContent).not.toContain('For ');
      act(() => void vi.advanceTimersByTime(120_000));
      expect(card().getByTestId('problem-age').textContent).toBe('2 min ago');
      expect(screen.getByTestId('site-line').textContent).toContain('For 2 min.');
      expect(card().getByRole('alert').textContent).toBe(said);
      expect(siteStatus.textContent).toBe('no controller');
    });

    it('is no better for a problem that was dismissed', () => {
      open(aCluster({ problems: [aProblem()] }));
      fireEvent.click(card().getByRole('button', { name: 'Dismiss this message' }));
      const status = card().getByTestId('cluster-status');
      expect(status.textContent).toBe('refused');
      const dot = status.closest('li')!.querySelector('.jp-DaskSlurm-dot') as HTMLElement;
      expect(dot.dataset.status).toBe('failed');
    });

    it('says what it ends with', () => {
      open(aCluster({ ends_with: 'It ends with job 4711.', core_seconds: null }));
      expect(card().getByTestId('cluster-ends').textContent).toBe('It ends with job 4711.');
    });

    it.each<[ICluster['status'], string]>([
      ['running', 'From here you can use it, scale it and stop it.'],
      ['unreachable', 'It does not answer from here: look for it there.']
    ])('that is %s on another host says so, and what can be done', (status, words) => {
      open(aCluster({ status, elsewhere: true, host: 'login2' }));
      panel.toggle();
      const note = card().getByTestId('elsewhere').textContent;
      expect(note).toContain('Lives on login2');
      expect(note).toContain(words);
    });

    it('on another host is closed, until it is opened', () => {
      open(aCluster({ elsewhere: true, host: 'login2' }));
      expect(card().queryByTestId('elsewhere')).toBeNull();
      expect(card().queryByRole('slider')).toBeNull();
      const details = card().getByRole('button', { name: 'Details of blue-otter' });
      fireEvent.click(details);
      expect(details.getAttribute('aria-expanded')).toBe('true');
      expect(card().getByRole('slider')).toBeTruthy();
    });

    it('of a controller in a job does not wonder that it is elsewhere', () => {
      open(aCluster({ elsewhere: true, host: 'n1', options: { placement: 'job' } }));
      expect(card().queryByTestId('elsewhere')).toBeNull();
      expect(card().getByTestId('job-size').textContent).toBe('controller in a job of its own');
    });

    it('is renamed in place; a refusal stays at the field', async () => {
      open(aCluster());
      fireEvent.doubleClick(card().getByText('blue-otter'));
      const field = card().getByRole('textbox', { name: 'Name of the cluster' });
      fireEvent.change(field, { target: { value: 'red-fox' } });
      manager.rename.mockRejectedValueOnce(new RestError('that name is taken', 409, 'NameTaken'));
      await act(async () => void fireEvent.keyDown(field, { key: 'Enter' }));
      expect(card().getByRole('alert').textContent).toBe('that name is taken');
      await act(async () => void fireEvent.keyDown(field, { key: 'Enter' }));
      expect(manager.rename).toHaveBeenLastCalledWith('3f9a12bc', 'red-fox');
      expect(card().queryByRole('textbox', { name: 'Name of the cluster' })).toBeNull();
    });

    it('is not renamed after Escape', () => {
      open(aCluster());
      act(() => {
        model.renaming = '3f9a12bc';
      });
      const field = card().getByRole('textbox', { name: 'Name of the cluster' });
      fireEvent.change(field, { target: { value: 'red-fox' } });
      fireEvent.keyDown(field, { key: 'Escape' });
      expect(manager.rename).not.toHaveBeenCalled();
      expect(card().getByText('blue-otter')).toBeTruthy();
    });
  });

  describe('the slider', () => {
    const slider = (): HTMLInputElement => card().getByRole('slider') as HTMLInputElement;

    it('ends at the limit of the batch system, in words', () => {
      const message = 'your QOS long allows 6 submitted jobs';
      open(aCluster());
      expect(card().queryByTestId('scale-limit')).toBeNull();
      event(aCluster({ job_limit: { jobs: 6, message } }));
      expect(slider().max).toBe('6');
      expect(card().getByRole('group', { name: 'Size', description: message })).toBeTruthy();
    });
    const field = (): HTMLInputElement => card().getByTestId('scale-field') as HTMLInputElement;
    const sentence = (): string | null => card().getByTestId('scale-sentence').textContent;

    it('is sent on release, and events do not move it under the hand', async () => {
      open(aCluster());
      fireEvent.pointerDown(slider(), { button: 0 });
      fireEvent.change(slider(), { target: { value: '9' } });
      await act(() => vi.advanceTimersByTimeAsync(2 * KEY_DELAY));
      event(aCluster({ scaling: { jobs: 1 } }));
      expect(slider().value).toBe('9');
      expect(sentence()).toBe('9 jobs = 108 cores, 144 GB');
      expect(manager.scale).not.toHaveBeenCalled();
      // The pointer is released outside of the slider.
      await act(async () => void fireEvent.pointerUp(window));
      expect(manager.scale.mock.calls).toEqual([['3f9a12bc', { jobs: 9 }]]);
    });

    it('is sent after a pause when it is moved by keys', async () => {
      open(aCluster());
      fireEvent.change(slider(), { target: { value: '5' } });
      await act(() => vi.advanceTimersByTimeAsync(KEY_DELAY - 1));
      expect(manager.scale).not.toHaveBeenCalled();
      await act(() => vi.advanceTimersByTimeAsync(1));
      expect(manager.scale.mock.calls).toEqual([['3f9a12bc', { jobs: 5 }]]);
    });

    it('takes any number in the field, in the chosen unit, at Enter', async () => {
      open(aCluster());
      fireEvent.click(card().getByRole('radio', { name: 'cores' }));
      expect(field().value).toBe('48');
      fireEvent.change(field(), { target: { value: '50' } });
      expect(manager.scale).not.toHaveBeenCalled();
      await act(async () => void fireEvent.keyDown(field(), { key: 'Enter' }));
      expect(manager.scale.mock.calls).toEqual([['3f9a12bc', { cores: 50 }]]);
    });

    it('says what is wrong with a number, and sends nothing', () => {
      open(aCluster());
      fireEvent.change(field(), { target: { value: 'many' } });
      fireEvent.keyDown(field(), { key: 'Enter' });
      expect(field().getAttribute('aria-invalid')).toBe('true');
      expect(card().getByRole('alert').textContent).toContain('whole number');
      expect(manager.scale).not.toHaveBeenCalled();
      fireEvent.keyDown(field(), { key: 'Escape' });
      expect(field().value).toBe('4');
    });

    it('is not overwritten by an event while a number is typed', () => {
      open(aCluster());
      fireEvent.change(field(), { target: { value: '50' } });
      event(aCluster({ scaling: { jobs: 1 } }));
      expect(field().value).toBe('50');
    });

    it('keeps what is typed, and its unit, when another tab chose another unit', async () => {
      open(aCluster());
      fireEvent.change(field(), { target: { value: '50' } });
      event(aCluster({ scaling: { cores: 12 } }));
      expect(field().value).toBe('50');
      await act(async () => void fireEvent.keyDown(field(), { key: 'Enter' }));
      expect(manager.scale.mock.calls).toEqual([['3f9a12bc', { jobs: 50 }]]);
    });

    it.each([
      ['ArrowUp', 51],
      ['ArrowDown', 49],
      ['PageUp', 60],
      ['PageDown', 40]
    ])('steps by %s from the number that was typed, to %i', async (key, jobs) => {
      open(aCluster());
      fireEvent.change(field(), { target: { value: '50' } });
      fireEvent.keyDown(field(), { key });
      expect(field().value).toBe(String(jobs));
      await act(() => vi.advanceTimersByTimeAsync(KEY_DELAY));
      expect(manager.scale.mock.calls).toEqual([['3f9a12bc', { jobs }]]);
    });

    it('wipes nothing that cannot be stepped from', () => {
      open(aCluster());
      fireEvent.change(field(), { target: { value: 'many' } });
      fireEvent.keyDown(field(), { key: 'ArrowUp' });
      expect(field().value).toBe('many');
      expect(field().getAttribute('aria-invalid')).toBe('true');
    });

    it.each<[string, () => void]>([
      ['is left', () => fireEvent.blur(field())],
      ['is given up', () => fireEvent.keyDown(field(), { key: 'Escape' })],
      ['has another unit', () => fireEvent.click(card().getByRole('radio', { name: 'cores' }))],
      ['is gone', () => event(aCluster({ status: 'stopping' }))]
    ])('counts as typed into until the field %s', (_, end) => {
      open(aCluster());
      fireEvent.change(field(), { target: { value: 'many' } });
      const scale = model.scaleOf('3f9a12bc');
      expect(scale.isTyping).toBe(true);
      end();
      expect(scale.isTyping).toBe(false);
    });

    it('says exactly what a number means', () => {
      open(aCluster({ scaling: { cores: 50 } }));
      expect(sentence()).toBe('50 cores → 5 jobs = 60 cores, 80 GB');
      expect(slider().getAttribute('aria-valuetext')).toBe(sentence());
    });

    it('shows why a size could not be sent, with the way back', async () => {
      open(aCluster());
      manager.scale.mockRejectedValueOnce(new RestError('the controller is not there', 503));
      fireEvent.change(field(), { target: { value: '7' } });
      await act(async () => void fireEvent.keyDown(field(), { key: 'Enter' }));
      expect(card().getByTestId('scale-error').textContent).toContain(
        'the controller is not there'
      );
      fireEvent.click(card().getByRole('button', { name: 'Undo' }));
      expect(field().value).toBe('4');
    });
  });
});
