/** What this browser remembers of the pages. */

/**
 * The storage of this browser for the pages; undefined where it may not be used: a browser that blocks cookies throws at
 * the name alone.
 */
export function browserStorage(): Storage | undefined {
  try {
    return localStorage
  } catch {
    // Nothing is remembered then, and everything else works.
    return undefined
  }
}
