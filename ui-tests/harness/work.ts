import type { Page, Request } from '@playwright/test';

/**
 * What a page did while something was done: counted and not timed, so that a machine with other work
 * finds the same as one without.
 */
export interface IWork {
  /** The clusters and jobs of which a component was drawn anew, by their ids: how often. */
  drawn: Map<string, number>;
  /** The clusters and jobs in whose elements something changed. */
  changed: Set<string>;
  /** What the extension was asked by its user: method and path below its API. */
  requests: string[];
}

/** From now on the pages that are opened count. React has to find its listener when it is loaded. */
export async function countWork(page: Page): Promise<void> {
  await page.addInitScript(listenToReact);
}

/** Do something, and tell what the page did for it within the elements that are `scope`. */
export async function workOf(
  page: Page,
  scope: string,
  act: () => Promise<unknown>
): Promise<IWork> {
  const requests: string[] = [];
  const note = (request: Request): void => {
    const { pathname, searchParams } = new URL(request.url());
    const path = pathname.split('/dask-slurm/api/')[1];
    // A look that nobody asked for comes when it comes.
    if (path !== undefined && !searchParams.has('no_track_activity')) {
      requests.push(`${request.method()} ${path}`);
    }
  };
  await drawn(page);
  const watch = await page.evaluateHandle(begin, scope);
  page.on('request', note);
  await act();
  await drawn(page);
  page.off('request', note);
  const found = await watch.evaluate(begun => begun.end());
  return { drawn: new Map(found.drawn), changed: new Set(found.changed), requests };
}

/** What was begun is in the document. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frames = 2; frames > 0; frames--) {
      await new Promise(resolve => requestAnimationFrame(resolve));
    }
  });
}

/** One component as React keeps it; the fields that are looked at. */
interface IFiber {
  tag: number;
  flags: number;
  child: IFiber | null;
  sibling: IFiber | null;
  alternate: IFiber | null;
  memoizedProps: { cluster?: { id: string }; job?: { id: string } } | null;
}

interface IRoot {
  current: IFiber;
  containerInfo: Element;
}

type Listener = (root: IRoot, drawn: Set<string>) => void;

/** In the page: the place where React's developer tools listen, also in a production build. */
function listenToReact(): void {
  // As React numbers them: components that are functions, classes, forward a reference, or are memoized.
  const components = new Set([0, 1, 11, 14, 15]);
  const PERFORMED_WORK = 1;
  const listeners = new Set<Listener>();

  const visit = (fiber: IFiber, drawn: Set<string>): void => {
    const before = fiber.alternate;
    if (before === null || (components.has(fiber.tag) && (fiber.flags & PERFORMED_WORK) !== 0)) {
      const { cluster, job } = fiber.memoizedProps ?? {};
      const id = job?.id ?? cluster?.id;
      if (id !== undefined) {
        drawn.add(id);
      }
    }
    // Where nothing was to do, the children are the very same ones as before.
    if (fiber.child !== before?.child) {
      for (let child = fiber.child; child !== null; child = child.sibling) {
        visit(child, drawn);
      }
    }
  };

  Object.assign(window, {
    onReactCommit: listeners,
    __REACT_DEVTOOLS_GLOBAL_HOOK__: {
      supportsFiber: true,
      renderers: new Map(),
      inject: () => 1,
      checkDCE: () => undefined,
      onCommitFiberUnmount: () => undefined,
      onCommitFiberRoot: (_: number, root: IRoot) => {
        if (listeners.size > 0) {
          const drawn = new Set<string>();
          visit(root.current, drawn);
          listeners.forEach(listener => listener(root, drawn));
        }
      }
    }
  });
}

interface IWatch {
  end(): { drawn: [string, number][]; changed: string[] };
}

/** In the page: begin to count. */
function begin(scope: string): IWatch {
  const { onReactCommit } = window as unknown as { onReactCommit: Set<Listener> };
  const times = new Map<string, number>();
  const changed = new Set<string>();
  const isOfScope = (node: Element): boolean =>
    node.closest(scope) !== null || node.querySelector(scope) !== null;
  const listener: Listener = (root, drawn) => {
    if (isOfScope(root.containerInfo)) {
      drawn.forEach(id => times.set(id, 1 + (times.get(id) ?? 0)));
    }
  };
  const take = (records: MutationRecord[]): void => {
    for (const { target, addedNodes, removedNodes } of records) {
      for (const node of [target, ...addedNodes, ...removedNodes]) {
        const element = node instanceof Element ? node : node.parentElement;
        const one = element?.closest<HTMLElement>('[data-job-id], li[data-cluster-id]');
        if (one) {
          changed.add(one.dataset.jobId ?? one.dataset.clusterId!);
        }
      }
    }
  };
  const observer = new MutationObserver(take);
  for (const node of document.querySelectorAll(scope)) {
    observer.observe(node, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true
    });
  }
  onReactCommit.add(listener);
  return {
    end: () => {
      onReactCommit.delete(listener);
      take(observer.takeRecords());
      observer.disconnect();
      return { drawn: [...times], changed: [...changed] };
    }
  };
}
