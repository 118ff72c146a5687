/** The cluster of one notebook: connects its kernels to the cluster when they start. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage, KernelSpec } from '@jupyterlab/services';

import { errorWords } from '../api/errorwords';
import type { ICluster } from '../api/restapi';
import { Observable } from '../base/observable';
import { CLIENT_MARK } from '../clusters/clientcell';
import { executeSilently, FACTS_EXPRESSION, NotebookKernel, readFacts } from '../clusters/kernel';
import type { IClusterManager } from '../clusters/tokens';
import type { Versions } from '../clusters/words/versions';
import { languageOf } from './languages';

/** The cluster that a notebook has chosen, kept in its metadata. */
export interface IClusterChoice {
  id: string;
  name: string;
}

/** The state of the connection in the kernel. */
export type KernelSide =
  | { kind: 'none' }
  /** A kernel runs, and connects once the cluster is ready. */
  | { kind: 'due' }
  | { kind: 'connecting'; clusterId: string }
  /** `versions` are the kernel's, where it has said them. */
  | { kind: 'bound'; clusterId: string; versions?: Versions }
  | { kind: 'failed'; words: string; versions?: Versions };

export interface INotebookLinkOptions {
  panel: NotebookPanel;
  manager: IClusterManager;
  kernelspecs: Pick<KernelSpec.IManager, 'specs'>;
}

/** Read the choice from the metadata of a notebook, which may hold anything. */
export function readChoice(metadata: unknown): IClusterChoice | null {
  const cluster = (metadata as { cluster?: Partial<IClusterChoice> } | null | undefined)?.cluster;
  return typeof cluster?.id === 'string' && typeof cluster.name === 'string'
    ? { id: cluster.id, name: cluster.name }
    : null;
}

/** Return the chosen cluster, or the one that took its name because it was started again. */
export function chosenCluster(
  choice: IClusterChoice,
  clusters: readonly ICluster[]
): ICluster | undefined {
  const same = clusters.find(cluster => cluster.id === choice.id);
  if (same !== undefined && same.status !== 'failed') {
    return same;
  }
  return clusters.find(({ name, status }) => name === choice.name && status !== 'failed') ?? same;
}

/**
 * Return code that binds `client` and no other name, unless it is connected to this cluster, as after a
 * page reload. A `client` that does not have a cluster's key is the user's own: the code fails, and
 * leaves it.
 */
export function connectingCode(cluster: ICluster): string {
  // JSON's strings are Python's, too.
  const code = JSON.stringify(cluster.client_code ?? '');
  const address = JSON.stringify(cluster.scheduler_address);
  return [
    `if not (lambda c: getattr(c, "status", "") == "running"`,
    `        and getattr(getattr(c, "scheduler", None), "address", "") == ${address}`,
    `        )(globals().get("client")):`,
    `    if (lambda c: c is not None and not __import__("re").search(`,
    `            r"/[0-9a-f]{8}/cert[.]pem$",`,
    `            str(getattr(getattr(c, "security", None), "tls_ca_file", None)),`,
    `            ))(globals().get("client")):`,
    `        raise RuntimeError("the notebook has a variable 'client' of its own, which is left alone: "`,
    `            "delete or rename it, and connect again")`,
    `    client = (lambda names: (exec(${code}, names), names["client"])[1])({})`
  ].join('\n');
}

export class NotebookLink extends Observable {
  constructor(private readonly _options: INotebookLinkOptions) {
    super();
    const { panel, manager } = _options;
    panel.sessionContext.kernelChanged.connect(this._onKernel, this);
    panel.sessionContext.statusChanged.connect(this._onStatus, this);
    manager.changed.connect(this._step, this);
    panel.disposed.connect(this.dispose, this);
    void panel.context.ready.then(() => {
      if (!this.isDisposed) {
        panel.context.model.metadataChanged.connect(this._onMetadata, this);
        this._onMetadata();
      }
    });
  }

  get choice(): IClusterChoice | null {
    return this._choice;
  }

  get kernel(): KernelSide {
    return this._kernel;
  }

  get cluster(): ICluster | undefined {
    return this._choice === null
      ? undefined
      : chosenCluster(this._choice, this._options.manager.clusters);
  }

  /**
   * Whether the user has to say that the cluster is meant. The id in a notebook proves that it was
   * chosen here; the name alone does not: a notebook from elsewhere may have it by chance, or on purpose.
   */
  get asks(): boolean {
    const { cluster } = this;
    return cluster !== undefined && cluster.id !== this._choice?.id && !this._hasSeen;
  }

  /** The language of the notebook if it is not Python, otherwise null. */
  get foreign(): string | null {
    const language = languageOf(this._options.panel, this._options.kernelspecs);
    return language === 'python' ? null : language;
  }

  /** Choose a cluster; the same cluster again connects again. */
  choose(cluster: IClusterChoice | null): void {
    const { model } = this._options.panel.context;
    if (cluster === null) {
      model.deleteMetadata(CLIENT_MARK);
      return;
    }
    const { id, name } = cluster;
    this._choice = { id, name };
    this._hasSeen = false;
    model.setMetadata(CLIENT_MARK, { cluster: { id, name } });
    this._due();
  }

  protected override onDispose(): void {
    const { panel, manager } = this._options;
    panel.sessionContext.kernelChanged.disconnect(this._onKernel, this);
    panel.sessionContext.statusChanged.disconnect(this._onStatus, this);
    panel.context.model?.metadataChanged.disconnect(this._onMetadata, this);
    manager.changed.disconnect(this._step, this);
  }

  private _onMetadata(): void {
    const choice = readChoice(this._options.panel.context.model.getMetadata(CLIENT_MARK));
    if (choice?.id !== this._choice?.id || this._kernel.kind === 'none') {
      this._choice = choice;
      this._hasSeen = false;
      this._due();
    }
  }

  /** Also after a restart. */
  private _onKernel(): void {
    this._due();
  }

  private _onStatus(_: unknown, status: Kernel.Status): void {
    if (status === 'autorestarting') {
      this._hasDied = true;
    } else if (status === 'idle' && this._hasDied) {
      this._hasDied = false;
      this._due();
    } else {
      this._step();
    }
  }

  private _due(): void {
    this._attempt++;
    const running = !!this._options.panel.sessionContext.session?.kernel;
    this._kernel = { kind: running ? 'due' : 'none' };
    this._step();
  }

  private _step(): void {
    const kernel = this._options.panel.sessionContext.session?.kernel;
    const { cluster } = this;
    this._hasSeen ||= this._options.manager.clusters.some(({ id }) => id === this._choice?.id);
    if (
      this._kernel.kind === 'due' &&
      kernel &&
      cluster?.client_code &&
      cluster.status !== 'failed' &&
      !this.asks &&
      this.foreign === null
    ) {
      void this._connect(kernel, cluster);
    }
    this.emit();
  }

  /**
   * A kernel that is still starting executes the code first, before the cells of "Restart and run all".
   */
  private async _connect(kernel: Kernel.IKernelConnection, cluster: ICluster): Promise<void> {
    const attempt = this._attempt;
    this._kernel = { kind: 'connecting', clusterId: cluster.id };
    let after: KernelSide;
    try {
      const facts = { facts: FACTS_EXPRESSION };
      const content = await executeSilently(kernel, connectingCode(cluster), facts);
      after =
        content.status === 'ok'
          ? { kind: 'bound', clusterId: cluster.id, versions: readFacts(content)?.versions }
          : { kind: 'failed', words: wordsOf(content) };
    } catch (error) {
      after = { kind: 'failed', words: errorWords(error) };
    }
    // A kernel that was restarted meanwhile has a newer attempt.
    if (attempt === this._attempt) {
      this._kernel = after;
      this.emit();
      if (after.kind === 'failed') {
        this._explain(kernel, after);
      }
    }
  }

  /** Ask a kernel that could not connect for its versions: without the code, which ends its reply. */
  private _explain(
    kernel: Kernel.IKernelConnection,
    failed: KernelSide & { kind: 'failed' }
  ): void {
    const asked = new NotebookKernel(kernel);
    asked.changed.connect(() => {
      const { facts, state } = asked;
      if (facts !== null && this._kernel === failed) {
        this._kernel = { ...failed, versions: facts.versions };
        this.emit();
      }
      if (state === 'known' || state === 'silent' || this.isDisposed) {
        asked.dispose();
      }
    });
  }

  private _choice: IClusterChoice | null = null;
  /** Whether there has been a cluster with the id of the choice: one that is started again keeps its name. */
  private _hasSeen = false;
  private _kernel: KernelSide = { kind: 'none' };
  /** Counts kernels and choices, to ignore the replies to older ones. */
  private _attempt = 0;
  private _hasDied = false;
}

function wordsOf(content: KernelMessage.IExecuteReplyMsg['content']): string {
  return content.status === 'error' ? `${content.ename}: ${content.evalue}` : content.status;
}
