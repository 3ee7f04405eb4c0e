/** What people copy along with a backend's URL. Pure and browser-safe. */

const SCHEME = /^[a-z][a-z\d+.-]*:\/\//i
/** What is asked below the URL. */
const ASKED_PATH = /\/(?:predict|ping)\/*$/i

/** A URL with its scheme, without `/predict` or `/ping` and slashes at its end; as it was where nothing would be left. */
export function withoutAskedPath(url: string): string {
  const [scheme = ''] = SCHEME.exec(url) ?? []
  const rest = url.slice(scheme.length).replace(ASKED_PATH, '').replace(/\/+$/, '')
  return rest === '' ? url : scheme + rest
}
