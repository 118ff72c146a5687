/** The language that JupyterLab is shown in, for numbers, clocks and lists. A page has one: choosing another loads it anew. */

/** A tag as in BCP 47. */
let language = 'en';

/** Set the language to that of the translator; in the region that the browser has for it: "en-GB" for "en". */
export function setLanguage(code: string): void {
  const preferred = globalThis.navigator?.languages ?? [];
  const known = [...preferred, code].filter(isKnown);
  language = known.find(tag => tag === code || tag.startsWith(`${code}-`)) ?? 'en';
}

/** Return a tag that `Intl` takes. */
export function currentLanguage(): string {
  return language;
}

/** Whether `Intl` takes it. A language pack may have any name. */
function isKnown(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
