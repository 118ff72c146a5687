import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import type { ISite } from '../../src/api/sitewire';
import { EmbeddedNote } from '../../src/ui/embeddednote';
import { aCluster, aSite, trans } from '../fixtures';
import { panelHarness } from '../panelharness';

const embedded = aSite({ batch_system: 'local', cluster: null, choices: ['local'] });

describe('where the embedded queue is all there is', () => {
  afterEach(cleanup);

  it('the empty panel says where jobs run, and what brings Slurm', () => {
    const panel = panelHarness();
    panel.manager.site = embedded;
    panel.open();
    const words = screen.getByTestId('empty-state').textContent;
    expect(words).toContain('jobs run on this machine, as many as its cores and memory allow');
    expect(words).toContain('sbatch is on its PATH');
    panel.event(aCluster());
    expect(screen.queryByTestId('embedded-note')).toBeNull();
    panel.close();
  });

  it.each<[string, ISite | null]>([
    ['Slurm', aSite()],
    ['a Slurm that is a choice', aSite({ batch_system: 'local' })],
    ['a site that is not known yet', null]
  ])('%s is not spoken of so', (_, site) => {
    render(<EmbeddedNote site={site} trans={trans} />);
    expect(screen.queryByTestId('embedded-note')).toBeNull();
  });
});
