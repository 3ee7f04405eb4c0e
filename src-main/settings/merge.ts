/** A configuration as posted, completed by what the running one knows. Pure. */
import { EMPTY_CONFIG, type Config } from './schema.ts'

/** Stands in answers for a value that is never given out; posted, it keeps the value that is stored. */
export const MASK = '••••••'

type Plain = Record<string, unknown>

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The posted fields over the kept ones; `null` takes a field away. */
function overlay(kept: Plain, posted: Plain): Plain {
  return Object.fromEntries(Object.entries({ ...kept, ...posted }).filter(([, value]) => value !== null))
}

function keepSecrets(kept: unknown, posted: unknown): unknown {
  if (!isPlain(posted) || !isPlain(kept)) return posted
  return Object.fromEntries(
    Object.entries(posted).map(([name, value]) => [
      name,
      value === MASK && Object.hasOwn(kept, name) ? kept[name] : value,
    ]),
  )
}

/** A posted backend completed by what is stored of it (by name, else by URL): hidden values, absent fields. */
export function completeBackend(current: Config, posted: unknown): unknown {
  if (!isPlain(posted)) return posted
  const kept =
    current.backends.find((backend) => backend.name === posted['name']) ??
    current.backends.find((backend) => backend.url === posted['url'])
  if (kept === undefined) return overlay({}, posted)
  const merged = overlay(kept, posted)
  if (isPlain(posted['headers'])) merged['headers'] = keepSecrets(kept.headers, posted['headers'])
  return merged
}

/**
 * The configuration that a POST means. Routing maps and the default that are absent are empty, as in the
 * original; every other field that is absent keeps its value, so that a client that does not know it does not
 * lose it, and `null` removes it.
 */
export function completePosted(current: Config, posted: unknown): unknown {
  if (!isPlain(posted)) return posted
  const { backends, ...rest } = posted
  const merged = overlay({ ...current, ...EMPTY_CONFIG }, rest)
  if (Array.isArray(backends)) merged['backends'] = backends.map((one) => completeBackend(current, one))
  else if (backends !== undefined) merged['backends'] = backends
  return merged
}

/** The configuration as it may be shown: the values of headers masked, the password's hash left out. */
export function masked(config: Config): Config {
  const shown: Config = {
    ...config,
    backends: config.backends.map((backend) =>
      backend.headers === undefined
        ? backend
        : {
            ...backend,
            headers: Object.fromEntries(Object.keys(backend.headers).map((name) => [name, MASK])),
          },
    ),
  }
  return shown
}
