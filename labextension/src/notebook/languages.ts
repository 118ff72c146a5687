/** The language of a notebook or a console, as far as it is known. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { KernelSpec } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

interface ISpecs {
  default: string;
  kernelspecs: { [name: string]: { language: string } | undefined };
}

/** Return the default kernel if it is Python, otherwise the first that is; null if there is none. */
export function pythonKernel(specs: ISpecs | null): string | null {
  if (specs === null) {
    return null;
  }
  const isPython = (name: string): boolean => specs.kernelspecs[name]?.language === 'python';
  return isPython(specs.default)
    ? specs.default
    : (Object.keys(specs.kernelspecs).find(isPython) ?? null);
}

/** Return the language of the running kernel, in lower case; null without a kernel. */
export function kernelLanguage(
  session: Pick<ISessionContext, 'session'> | null | undefined,
  specs: Pick<KernelSpec.IManager, 'specs'>
): string | null {
  const kernel = session?.session?.kernel?.name;
  const language = kernel && specs.specs?.kernelspecs[kernel]?.language;
  return language ? language.toLowerCase() : null;
}

/** Return the language of a notebook: its kernel's, or that in its metadata. */
export function languageOf(
  panel: NotebookPanel,
  specs: Pick<KernelSpec.IManager, 'specs'>
): string | null {
  const info: unknown = panel.context.model.getMetadata('language_info');
  const name = (info as { name?: unknown } | null | undefined)?.name;
  const written = typeof name === 'string' && name !== '' ? name.toLowerCase() : null;
  return kernelLanguage(panel.sessionContext, specs) ?? written;
}

/** Return the message for a notebook of another language. */
export function notPython(trans: TranslationBundle): (language: string) => string {
  return language =>
    trans.__('This notebook’s kernel runs %1; Dask needs Python.', named(language));
}

/** Return the name of a language as it is written: "R" for "r". */
const named = (language: string): string => language.charAt(0).toUpperCase() + language.slice(1);
