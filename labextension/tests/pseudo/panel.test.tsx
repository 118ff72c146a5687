/** The panel in a pseudo-locale: what is ours and in no message shows as English to everybody. */

import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setLanguage } from '../../src/base/language';
import { SiteCheck } from '../../src/panel/sitecheck/body';
import { SiteCheckModel } from '../../src/panel/sitecheck/model';
import { anOrphan, aProblem, aSite, aSiteCheck, trans } from '../fixtures';

import { panelHarness } from '../panelharness';
import { clusters } from './clusters';
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

it('what is in no message is found, wherever it is', () => {
  document.body.innerHTML =
    '<p title="A title">⟦All <b>of</b> it⟧, and this <i>otter</i></p><pre>log</pre><b>12 · ⟦3 s⟧</b>';
  expect(untranslated(document.body, ['otter'])).toEqual(['A title', ' it⟧, and this ']);
});

describe('the panel', () => {
  let panel: ReturnType<typeof panelHarness>;

  beforeEach(() => {
    panel = panelHarness();
  });

  afterEach(() => panel.close());

  it.each(clusters().map(cluster => [cluster.id, cluster] as const))(
    'has no English on the card that is %s, whole or closed',
    (_, cluster) => {
      const { manager } = panel;
      panel.open(cluster);
      expectTranslated(manager.clusters, manager.site);
      act(() => void panel.model.openCards.set(cluster.id, false));
      expectTranslated(manager.clusters, manager.site);
    }
  );

  it('has none around many cards, and where a name is changed', () => {
    const all = clusters();
    panel.open(...all);
    act(() => {
      panel.model.renaming = 'running';
    });
    expectTranslated(all, panel.manager.site);
  });

  it.each<[string, object]>([
    ['there is none', {}],
    ['the list is asked for', { connection: 'loading' }],
    ['there is no server extension', { connection: 'missing' }],
    ['the list cannot be read', { connection: 'failed' }],
    ['there is no server', { connection: 'failed', isServerGone: true }],
    ['the settings are broken', { connection: 'failed', isMisconfigured: true }],
    ['one may only look', { site: aSite({ read_only: true, left_out: ['/home/eve'] }) }],
    ['there is no Slurm', { site: aSite({ batch_system: 'local', choices: ['local'] }) }],
    ['Slurm does not answer', { site: aSite({ problem: aProblem() }) }]
  ])('has none without a cluster where %s', (_, state) => {
    Object.assign(panel.manager, { message: 'HTTP 500' }, state);
    panel.open();
    expectTranslated(panel.manager.site, panel.manager.message);
  });

  it('has none in its leftover jobs', async () => {
    const orphans = [anOrphan(), anOrphan({ cluster_id: 'b', name: 'old-owl' })];
    panel.manager.orphans.mockResolvedValue(orphans);
    panel.open();
    fireEvent.click(await screen.findByText('⟦Show⟧'));
    await screen.findByText('⟦Cancel All…⟧');
    expectTranslated(orphans, panel.manager.site);
  });

  it('has none in the check of the site', async () => {
    const check = aSiteCheck().checks[0]!;
    const outcomes = ['ok', 'warning', 'failed', 'skipped'] as const;
    const checks = outcomes.map(outcome => ({ ...check, name: outcome, outcome }));
    panel.manager.checkSite.mockResolvedValue(aSiteCheck({ checks }));
    const model = new SiteCheckModel(panel.manager);
    render(<SiteCheck model={model} trans={trans} />);
    expectTranslated();
    await act(() => model.start());
    expectTranslated(checks);
    model.dispose();
  });
});
