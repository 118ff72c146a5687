import { describe, expect, it } from 'vitest';

import { statusWord } from '../../../src/clusters/words/problems';
import { aCluster, trans } from '../../fixtures';

describe('statusWord', () => {
  it('says how a cluster is, and what Slurm refused before that it runs', () => {
    const problem = { code: 'submission_refused', message: '', since: '' };
    expect(statusWord(aCluster(), trans)).toBe('running');
    expect(statusWord(aCluster({ problems: [problem] }), trans)).toBe('submission refused');
    expect(statusWord(aCluster({ status: 'unreachable' }), trans)).toBe('not answering');
  });
});
