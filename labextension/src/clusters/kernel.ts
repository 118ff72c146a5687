/** What the kernel of a notebook says of itself: its Python, its versions and its working directory. */

import type { Kernel, KernelMessage } from '@jupyterlab/services';

import { Observable } from '../base/observable';

export interface IKernelFacts {
  /** `sys.executable`; empty if Python does not know it. */
  executable: string;
  /** The working directory; empty if it is gone. */
  directory: string;
  /** The command that starts this Python from outside the kernel: in a container, with its program. */
  python: string;
  /** The versions of Python and of the packages that matter to dask, as far as they are installed. */
  versions: Readonly<Record<string, string>>;
}

/** `busy`: it executes something, and is asked once it is idle. `silent`: it did not answer. */
export type KernelState = 'none' | 'busy' | 'asked' | 'known' | 'silent';

/** The parts of a kernel that are used here. */
export type Askable = Pick<
  Kernel.IKernelConnection,
  'name' | 'status' | 'statusChanged' | 'requestExecute'
>;

/** Those of dask's `get_versions`. */
const PACKAGES = [
  'dask',
  'distributed',
  'msgpack',
  'cloudpickle',
  'tornado',
  'toolz',
  'numpy',
  'pandas',
  'lz4'
];

/** Nothing is imported that takes long: versions are read as pip reads them. */
const CODE = [
  'import base64, json, os, shlex, sys',
  'from importlib.metadata import distributions',
  'versions = {"python": ".".join(map(str, sys.version_info[:3]))}',
  `for name in ${JSON.stringify(PACKAGES)}:`,
  '    for found in distributions(name=name):',
  '        versions[name] = found.version',
  '        break',
  'try:',
  '    directory = os.getcwd()',
  'except OSError:',
  '    directory = ""',
  'executable = python = sys.executable or ""',
  'for program in "singularity", "apptainer":',
  '    image = os.environ.get(program.upper() + "_CONTAINER")',
  '    if image and executable:',
  '        python = " ".join(map(shlex.quote, (program, "exec", image, executable)))',
  'facts = {"executable": executable, "python": python, "directory": directory,',
  '         "versions": versions}',
  'facts = base64.b64encode(json.dumps(facts).encode()).decode()'
].join('\n');

/** An expression, which leaves no name behind. JSON's strings are Python's, too. */
export const FACTS_EXPRESSION = `(lambda names: (exec(${JSON.stringify(CODE)}, names), names["facts"])[1])({})`;

/**
 * Execute code, which may be empty, and then these expressions, silently: nothing is printed, counted or
 * kept in the history. Rejects if the kernel is restarted, or its connection closed.
 */
export async function executeSilently(
  kernel: Pick<Kernel.IKernelConnection, 'requestExecute'>,
  code: string,
  expressions: Record<string, string>
): Promise<KernelMessage.IExecuteReplyMsg['content']> {
  const { content } = await kernel.requestExecute({
    code,
    silent: true,
    store_history: false,
    user_expressions: expressions,
    allow_stdin: false,
    stop_on_error: false
  }).done;
  return content;
}

/** Read the facts from the reply of a kernel, which may hold anything; null if they are not in it. */
export function readFacts(content: KernelMessage.IExecuteReplyMsg['content']): IKernelFacts | null {
  const { user_expressions: expressions } = content as {
    user_expressions?: { facts?: { data?: { 'text/plain'?: unknown } } };
  };
  const quoted = expressions?.facts?.data?.['text/plain'];
  const encoded = typeof quoted === 'string' ? /^'([\w+/=]+)'$/.exec(quoted)?.[1] : undefined;
  if (encoded === undefined) {
    return null;
  }
  try {
    return JSON.parse(atob(encoded)) as IKernelFacts;
  } catch {
    return null;
  }
}

/** One kernel, asked once. Nobody waits for it: `changed` tells when it has answered. */
export class NotebookKernel extends Observable {
  /**
   * `displayName` is the kernelspec's. Null: there is no kernel, or it is none of Python's. `folder` is
   * that of the notebook as the server knows it; empty if there is none.
   */
  constructor(
    private readonly _kernel: Askable | null,
    readonly displayName = '',
    private readonly _folder = ''
  ) {
    super();
    if (_kernel !== null) {
      _kernel.statusChanged.connect(this._ask, this);
      this._ask();
    }
  }

  /** The name of its kernelspec; null without a kernel. */
  get name(): string | null {
    return this._kernel?.name ?? null;
  }

  get state(): KernelState {
    return this._state;
  }

  /** Null while they are not known. */
  get facts(): IKernelFacts | null {
    return this._facts;
  }

  /** The working directory; as long as the kernel has not said it, the notebook's folder. May be empty. */
  get directory(): string {
    return this._facts?.directory || this._folder;
  }

  protected override onDispose(): void {
    this._kernel?.statusChanged.disconnect(this._ask, this);
  }

  /** A busy kernel would answer after its cells only. */
  private _ask(): void {
    if (this._kernel === null || !['none', 'busy'].includes(this._state)) {
      return;
    }
    const state = this._kernel.status === 'busy' ? 'busy' : 'asked';
    if (state !== this._state) {
      this._state = state;
      if (state === 'asked') {
        void this._request(this._kernel);
      }
      this.emit();
    }
  }

  private async _request(kernel: Askable): Promise<void> {
    try {
      this._facts = readFacts(await executeSilently(kernel, '', { facts: FACTS_EXPRESSION }));
    } catch {
      // It was restarted, or its connection is closed.
    }
    this._state = this._facts === null ? 'silent' : 'known';
    this.emit();
  }

  private _state: KernelState = 'none';
  private _facts: IKernelFacts | null = null;
}
