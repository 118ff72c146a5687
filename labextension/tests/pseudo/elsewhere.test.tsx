/** The form, the tabs, the dialogs and what is elsewhere in JupyterLab, in a pseudo-locale. */

import { CommandRegistry } from '@lumino/commands';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunningClusters } from '../../src/athome/runningclusters';
import { StatusButton } from '../../src/athome/statusitem';
import { setLanguage } from '../../src/base/language';
import { CommandIDs } from '../../src/clusters/commandids';
import { addCommands } from '../../src/commands/commands';
import { addDashboardCommands } from '../../src/commands/dashboardcommands';
import {
  confirmCancelJob,
  confirmCancelOrphans,
  confirmForce,
  confirmStop
} from '../../src/commands/dialogs';
import { askIdleTimeout } from '../../src/commands/idledialog';
import { addPanelCommands } from '../../src/commands/panelcommands';
import { ChooserBody } from '../../src/dashboards/plotchooser';
import { PlotsModel } from '../../src/dashboards/plotsmodel';
import { estimateWords, totalSentence } from '../../src/newcluster/model/sentence';
import { linkWords } from '../../src/notebook/linkwords';
import { endingWords, newsWords } from '../../src/notifications/newswords';
import { PanelModel } from '../../src/panel/model';
import { JobsModel } from '../../src/views/jobs/model';
import { JobsView } from '../../src/views/jobs/view';
import { LogModel } from '../../src/views/logs/model';
import { LogView } from '../../src/views/logs/view';
import { fakeManager } from '../fakes';
import {
  aCluster,
  aJob,
  anOrphan,
  aProfile,
  aScript,
  anEstimate,
  noJobs,
  somePlots,
  trans
} from '../fixtures';
import { formHarness, site } from '../newcluster/harness';
import { giveElementsSize, settle, viewHarness } from '../viewharness';
import { clusters, soon } from './clusters';
import { expectTranslated, untranslated } from './pseudo';

vi.mock('../fixtures', async load => ({
  ...(await load<object>()),
  trans: (await import('./pseudo')).pseudo
}));

// Clocks and dates are in its letters, and nothing else is.
beforeEach(() => setLanguage('ja'));

afterEach(() => {
  cleanup();
  document.body.replaceChildren();
});

describe('the form', () => {
  const form = formHarness();

  it.each([
    ['as it is at first', {}],
    [
      'with all that is wrong',
      { name: '…', cores: 'x', memory: '16', walltime: 'soon', most: '0' }
    ],
    ['that is filled in', { memory: '64 GiB', walltime: '1:30', most: '9', idle_timeout: '0' }]
  ])('has no English %s', async (_, values) => {
    const profiles = [aProfile(), aProfile({ name: 'theirs', source: 'administrator' })];
    form.manager.profiles.mockResolvedValue(profiles);
    form.manager.estimate.mockResolvedValue(anEstimate());
    form.manager.site = site({
      ends_with: 'It ends with its Slurm job.',
      placements: ['local', 'job']
    });
    const script = aScript();
    form.manager.jobScript.mockResolvedValue(script);
    await form.open();
    act(() => {
      for (const [field, text] of Object.entries(values)) {
        form.model.set(field as never, text);
      }
    });
    await form.pause();
    fireEvent.click(screen.getByText('⟦More options⟧'));
    const { name } = form.model.values;
    const footer = document.createElement('p');
    footer.append(totalSentence(form.model, trans), estimateWords(form.model, Date.now(), trans));
    document.body.append(footer);
    expectTranslated(form.manager.site, profiles, script, anEstimate(), name, EXAMPLES);
  });
});

/** What is typed and not said: commands, options and times, in the examples of empty fields. */
const EXAMPLES = [
  'OMP_NUM_THREADS=1',
  'module load gcc',
  '--constraint=avx512',
  '--mem',
  '--resources GPU=1',
  '1 GB',
  'eth0',
  '$TMPDIR'
];

describe('a tab', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    giveElementsSize(600);
  });

  afterEach(() => vi.useRealTimers());

  it('has no English in its table of jobs', async () => {
    const jobs = (
      ['submitted', 'pending', 'running', 'connected', 'leaving', 'unknown', 'ended'] as const
    ).map((stage, i) =>
      aJob({
        id: `81_${i}`,
        stage,
        leaves_by: soon(60),
        estimated_start: soon(60),
        exit_code: '1:0'
      })
    );
    const view = viewHarness(
      manager => new JobsModel({ manager, id: '3f9a12bc', name: 'blue-otter' }),
      model => <JobsView model={model} />
    );
    view.manager.jobs.mockResolvedValue(jobs);
    await view.open();
    for (const row of screen.getAllByTestId('job-row')) {
      fireEvent.mouseOver(row);
      for (const cell of row.querySelectorAll('[data-column]')) {
        fireEvent.mouseMove(cell);
        expectTranslated(jobs, view.manager.clusters);
      }
    }
    await view.event();
    expectTranslated(jobs, 'blue-otter');
    view.close();
  });

  it('has none around its logs', async () => {
    const view = viewHarness(
      manager =>
        new LogModel({ manager, id: '3f9a12bc', name: 'blue-otter', source: 'controller' }),
      model => <LogView model={model} />
    );
    view.manager.jobs.mockResolvedValue([aJob()]);
    await view.open();
    await settle();
    expectTranslated('blue-otter', aJob());
    await view.event();
    expectTranslated('blue-otter', aJob());
    view.close();
  });
});

describe('a dialog', () => {
  /** JupyterLab's own button. */
  const CANCEL = 'Cancel';

  it.each<[string, () => Promise<unknown>]>([
    ['stop', () => confirmStop(aCluster(), trans)],
    ['stop what has no jobs', () => confirmStop(aCluster({ jobs: noJobs }), trans)],
    ['force', () => confirmForce(aCluster(), trans)],
    ['cancel', () => confirmCancelJob(aCluster(), '81_3', trans)],
    ['leftover jobs', () => confirmCancelOrphans([anOrphan()], trans)],
    ['idle time-out', () => askIdleTimeout(aCluster(), trans)]
  ])('has no English: %s', async (_, ask) => {
    const asked = ask();
    await vi.waitFor(() => expect(document.querySelector('.jp-Dialog-footer')).not.toBeNull());
    await vi.waitFor(() =>
      expect(document.querySelector('.jp-Dialog-body')?.textContent).toBeTruthy()
    );
    // Its label is its title and its body, in a line.
    expectTranslated('blue-otter', 'lost-lynx', CANCEL);
    document.querySelector<HTMLElement>('.jp-Dialog .jp-mod-reject')!.click();
    await asked;
  });
});

describe('elsewhere', () => {
  it('no command has a label, or a caption, in English', () => {
    const manager = fakeManager(clusters());
    const app = { commands: new CommandRegistry() };
    const labels: string[] = [];
    const model = new PanelModel(manager);
    const panel = { show: vi.fn(), reveal: vi.fn() };
    const options = { manager, trans, panel, palette: null, app: app as never, ...app };
    addCommands({ ...options, tabs: null as never, notebooks: null, consoles: null });
    addPanelCommands({ ...options, model });
    addDashboardCommands({ ...options, dashboards: {} as never });
    for (const id of app.commands.listCommands()) {
      for (const args of [
        {},
        { isPalette: true },
        { isNew: true },
        { id: 'running', seconds: 1800 }
      ]) {
        labels.push(app.commands.label(id, args), app.commands.caption(id, args));
      }
    }
    const node = document.createElement('p');
    node.append(labels.join('\n'));
    expect(app.commands.hasCommand(CommandIDs.newCluster)).toBe(true);
    expect(untranslated(node, [])).toEqual([]);
    model.dispose();
  });

  it('none is in the status bar, among what runs, in notifications, and at a notebook', () => {
    const manager = fakeManager(clusters());
    const panel = { show: vi.fn(), reveal: vi.fn() };
    render(<StatusButton manager={manager} trans={trans} panel={panel} />);
    const commands = new CommandRegistry();
    const running = new RunningClusters({ manager, panel, commands, trans });
    const { name, shutdownLabel, shutdownAllLabel, shutdownAllConfirmationText } = running;
    const news = [
      { kind: 'workersReady' },
      { kind: 'failed', what: 'jobs', words: 'out of quota' },
      { kind: 'endsSoon', what: 'ended', words: null }
    ] as const;
    const states = [{ cluster: undefined }, ...manager.clusters.map(cluster => ({ cluster }))];
    const said = [
      name,
      shutdownLabel,
      shutdownAllLabel,
      shutdownAllConfirmationText,
      ...running.running().flatMap(item => [item.labelTitle!(), item.detail!()]),
      ...manager.clusters.flatMap(cluster => news.map(each => newsWords(cluster, each, trans))),
      endingWords(aCluster(), { what: 'idle', at: soon(60) }, Date.now(), trans),
      ...states.map(({ cluster }) => {
        const kernel = { kind: 'bound', clusterId: cluster?.id ?? '' } as const;
        const choice = { id: '3f9a12bc', name: 'blue-otter' };
        const state = { choice, cluster, kernel, asks: false, foreign: null, listed: true };
        return linkWords(state, trans).words;
      })
    ];
    const list = document.createElement('ul');
    said.forEach(words => list.appendChild(document.createElement('li')).append(words));
    document.body.append(list);
    expectTranslated(manager.clusters, 'out of quota');
  });

  it('none is in the chooser of plots', async () => {
    const manager = fakeManager([aCluster()]);
    const plots = new PlotsModel(manager, trans);
    const choices = {
      plots,
      canArrange: true,
      isOpen: () => true,
      choose: vi.fn(),
      close: vi.fn()
    };
    render(<ChooserBody cluster={aCluster()} trans={trans} {...choices} />);
    await screen.findByText('⟦Task Stream⟧');
    expectTranslated(aCluster(), somePlots);
    plots.dispose();
  });
});
