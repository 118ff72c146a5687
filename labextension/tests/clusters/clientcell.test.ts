import { describe, expect, it } from 'vitest';

import type { ICellView } from '../../src/clusters/clientcell';
import { findClientCell, readMark, withCode } from '../../src/clusters/clientcell';

const otter = { id: '3f9a12bc', name: 'blue-otter' };
const code = (name: string, address = 'tls://10.0.0.1:1'): string =>
  `# ${name}: a dask cluster\nclient = Client("${address}")\nclient`;
const cell = (source: string, mark: string | null = null, type = 'code'): ICellView => ({
  type,
  source,
  mark
});
const short = (name: string): string =>
  `from jupyter_dask_slurm import connect\nclient = connect("${name}")`;
const plain = cell('x = 1');

describe('the cell of a cluster', () => {
  it.each<[string, ICellView[], number | null]>([
    ['nothing of ours', [plain, plain], null],
    ['a cell with its mark', [plain, cell(code('blue-otter'), '3f9a12bc')], 1],
    ['a cell with its mark whose text was rewritten', [cell('c = go()', '3f9a12bc'), plain], 0],
    ['a cell of before there were marks', [plain, plain, cell(code('blue-otter'))], 2],
    ['both: the mark says more', [cell(code('blue-otter')), cell('', '3f9a12bc')], 1],
    ['one of the same name, before it was started again', [cell(code('blue-otter'), 'gone')], 0],
    ['two lines of the same name', [plain, cell(short('blue-otter'), 'gone')], 1],
    ['two lines of another name', [cell(short('old-owl'), 'gone')], null],
    ['one of the same name that is alive', [cell(code('blue-otter'), 'alive')], null],
    ['one of another cluster that is gone', [cell(code('old-owl'), 'gone')], null],
    ['one that only speaks of it', [cell('# blue-otter: a dask cluster\nx')], null],
    ['a text with the code', [cell(code('blue-otter'), '3f9a12bc', 'markdown')], null]
  ])('in a notebook with %s', (_, cells, expected) => {
    expect(findClientCell(cells, otter, id => id === 'alive')).toBe(expected);
  });
});

describe('what stands in the cell after', () => {
  const today = code('blue-otter', 'tls://10.0.0.2:$&');

  it.each([
    ['old code', code('blue-otter'), today],
    ['code of today', today, today],
    [
      'old code amid more',
      `%time\n${code('blue')}\n\nclient.ncores()`,
      `%time\n${today}\n\nclient.ncores()`
    ],
    ['two lines amid more', `${short('blue')}\nclient.ncores()`, `${today}\nclient.ncores()`],
    ['code of today amid more', `${today}.ncores()`, `${today}.ncores()`],
    ['something else', 'x = 1', today]
  ])('%s', (_, source, expected) => {
    expect(withCode(source, today)).toBe(expected);
  });
});

describe('the mark of a cell', () => {
  it.each([
    [{ cluster_id: '1' }, '1'],
    [{ cluster_id: 1 }, null],
    ['1', null],
    [null, null],
    [undefined, null]
  ])('in %j is %s', (metadata, id) => {
    expect(readMark(metadata)).toBe(id);
  });
});
