/** Errors that are answers: of what is gone already, and of a server too old to know. */

import { RestError } from './restapi';

/** The end of what was to be ended; that it is gone already is what was wanted. */
export async function orGone(ending: Promise<void>): Promise<void> {
  try {
    await ending;
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
}

/** An answer, or null from a server too old to have it. */
export async function orUnknown<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
    return null;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof RestError && error.status === 404;
}
