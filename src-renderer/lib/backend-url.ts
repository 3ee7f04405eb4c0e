/** A backend's URL as people write it, completed to what is saved. Pure. */
import { withoutAskedPath } from '../../src-shared/config/asked-path.ts'

/** The port that immich-machine-learning listens on unless it is told another. */
export const USUAL_PORT = 3003

const SCHEME = /^[a-z][a-z\d+.-]*:\/\//i
const BARE_IPV6 = /^[\da-f]*:[\da-f:.]*:[\da-f.]*$/i
const HAS_PORT = /:\d+$/

/** The host, a port behind it where there is none, and the path as it was written. */
function withScheme(text: string): string {
  const slash = text.indexOf('/')
  const [written, path] = slash === -1 ? [text, ''] : [text.slice(0, slash), text.slice(slash)]
  const host = BARE_IPV6.test(written) ? `[${written}]` : written
  return `http://${host}${HAS_PORT.test(host) ? '' : `:${USUAL_PORT}`}${path}`
}

/**
 * `nas:3003`, `192.168.1.20`, a slash at the end and `/predict` become a URL that can be saved. Where a scheme was written
 * the port is left as it is: `https://ml.example` may be behind a reverse proxy.
 */
export function completedUrl(text: string): string {
  const trimmed = text.trim()
  if (trimmed === '' || /\s/.test(trimmed)) return trimmed
  return withoutAskedPath(SCHEME.test(trimmed) ? trimmed : withScheme(trimmed.replace(/^\/+/, '')))
}
