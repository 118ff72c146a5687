/** A fake kernel that is asked what it is. */

import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { vi } from 'vitest';

import type { IKernelFacts } from '../src/clusters/kernel';
import { deferred } from './fixtures';

export function someFacts(changes: Partial<IKernelFacts> = {}): IKernelFacts {
  return {
    executable: '/envs/own/bin/python',
    python: changes.executable ?? '/envs/own/bin/python',
    directory: '/home/ada/analysis',
    versions: { python: '3.12.4', dask: '2026.1.0', distributed: '2026.1.0' },
    ...changes
  };
}

/** The content of a reply that says this. */
export function factsReply(facts: IKernelFacts): unknown {
  const encoded = btoa(JSON.stringify(facts));
  return {
    status: 'ok',
    user_expressions: { facts: { status: 'ok', data: { 'text/plain': `'${encoded}'` } } }
  };
}

export class FakeKernel {
  constructor(
    readonly name = 'own',
    public status: Kernel.Status = 'idle'
  ) {}

  readonly statusChanged = new Signal<never, Kernel.Status>(this as never);
  readonly answer = deferred<{ content: unknown }>();
  readonly requestExecute = vi.fn(() => ({ done: this.answer.promise }) as never);

  become(status: Kernel.Status): void {
    this.status = status;
    this.statusChanged.emit(status);
  }

  say(facts: IKernelFacts): void {
    this.answer.resolve({ content: factsReply(facts) });
  }
}
