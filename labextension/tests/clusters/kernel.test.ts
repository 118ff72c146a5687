import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';

import { FACTS_EXPRESSION, NotebookKernel, readFacts } from '../../src/clusters/kernel';
import { FakeKernel, factsReply, someFacts } from '../fakekernel';

describe('the facts of a kernel', () => {
  /** What Python answers to the expression, in the form of a kernel's reply. */
  const inPython = (env: Record<string, string> = {}) => {
    const program = [
      'import sys',
      'names = {}',
      'print(repr(eval(sys.argv[1], names)))',
      'assert set(names) == {"__builtins__"}'
    ].join('\n');
    const said = execFileSync('python3', ['-c', program, FACTS_EXPRESSION], {
      encoding: 'utf8',
      cwd: '/',
      env: { ...process.env, ...env }
    });
    const data = { 'text/plain': said.trim() };
    return readFacts({ status: 'ok', user_expressions: { facts: { data } } } as never);
  };

  it('are what Python says, which keeps no name', () => {
    const facts = inPython();
    expect(facts?.executable).toMatch(/^\/.*python/);
    expect(facts).toMatchObject({ python: facts?.executable, directory: '/' });
    expect(facts?.versions.python).toMatch(/^3\.\d+\.\d+$/);
  });

  it('have the command that starts it in its container', () => {
    const facts = inPython({
      SINGULARITY_CONTAINER: '/a',
      APPTAINER_CONTAINER: '/my images/é.sif'
    });
    expect(facts?.python).toBe(`apptainer exec '/my images/é.sif' ${facts?.executable}`);
  });

  it.each([
    [{ status: 'error', ename: 'NameError', evalue: 'x' }],
    [{ status: 'ok' }],
    [{ status: 'ok', user_expressions: { facts: { status: 'error', ename: 'OSError' } } }],
    [{ status: 'ok', user_expressions: { facts: { data: { 'text/plain': '<1>' } } } }],
    [{ status: 'ok', user_expressions: { facts: { data: { 'text/plain': "'e30x'" } } } }]
  ])('are not in %j', content => {
    expect(readFacts(content as never)).toBeNull();
  });

  it('are read from a reply', () => {
    expect(readFacts(factsReply(someFacts()) as never)).toEqual(someFacts());
  });
});

describe('the kernel of a notebook', () => {
  let kernel: NotebookKernel;
  afterEach(() => kernel.dispose());

  it('is asked once, silently, and tells when it has answered', async () => {
    const fake = new FakeKernel();
    kernel = new NotebookKernel(fake, 'My own');
    expect(kernel).toMatchObject({
      name: 'own',
      displayName: 'My own',
      state: 'asked',
      facts: null
    });
    fake.become('busy'); // With our request.
    fake.become('idle');
    expect(fake.requestExecute).toHaveBeenCalledTimes(1);
    expect(fake.requestExecute).toHaveBeenCalledWith(
      expect.objectContaining({ code: '', silent: true, store_history: false })
    );
    const told = new Promise(resolve => kernel.changed.connect(resolve));
    fake.say(someFacts());
    await told;
    expect(kernel).toMatchObject({ state: 'known', facts: someFacts() });
  });

  it('that is busy is asked once it is idle', () => {
    const fake = new FakeKernel('own', 'busy');
    kernel = new NotebookKernel(fake);
    expect(kernel.state).toBe('busy');
    expect(fake.requestExecute).not.toHaveBeenCalled();
    fake.become('idle');
    expect(kernel.state).toBe('asked');
    expect(fake.requestExecute).toHaveBeenCalledTimes(1);
  });

  it('that cannot answer is silent', async () => {
    const fake = new FakeKernel();
    kernel = new NotebookKernel(fake);
    const told = new Promise(resolve => kernel.changed.connect(resolve));
    fake.answer.reject(
      new Error('Canceled future for execute_request message before replies were done')
    );
    await told;
    expect(kernel).toMatchObject({ state: 'silent', facts: null });
  });

  it('is not there without one', () => {
    kernel = new NotebookKernel(null);
    expect(kernel).toMatchObject({ name: null, state: 'none', facts: null });
  });
});
