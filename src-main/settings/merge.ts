/** A configuration as posted, completed by what the running one knows. Pure. */
import { MASK } from '../../src-shared/config/backend-schema.ts'
import {
  EMPTY_CONFIG,
  type BackendConfig,
  type Config,
  type SecurityConfig,
} from '../../src-shared/config/schema.ts'

type Plain = Record<string, unknown>

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The posted fields over the kept ones; `null` takes a field away. */
function overlay(kept: Plain, posted: Plain): Plain {
  return Object.fromEntries(Object.entries({ ...kept, ...posted }).filter(([, value]) => value !== null))
}

/** Scheme, host and port of a URL; undefined for what is no URL. */
function originOf(url: unknown): string | undefined {
  return typeof url === 'string' && URL.canParse(url.trim()) ? new URL(url.trim()).origin : undefined
}

/** What of TLS settings decides whom a backend is taken for. */
function trustOf(tls: unknown): { checks: boolean; ca: string } {
  const { ca, rejectUnauthorized = true } = isPlain(tls) ? tls : {}
  return { checks: rejectUnauthorized === true, ca: typeof ca === 'string' ? ca.trim() : '' }
}

/** Whether TLS settings let nobody pass for a backend who could not before. */
function isAsStrict(before: unknown, after: unknown): boolean {
  const [kept, next] = [trustOf(before), trustOf(after)]
  if (!kept.checks) return true
  return next.checks && (next.ca === kept.ca || next.ca === '')
}

/** Whether a stored backend's secrets may go where a backend leads: only to whom they went before. */
function isTrustedBy(kept: BackendConfig, { url, tls }: Plain): boolean {
  const origin = originOf(url)
  if (origin === undefined || origin !== originOf(kept.url)) return false
  return !origin.startsWith('https:') || isAsStrict(kept.tls, tls)
}

/** The stored value of a header of the first backend that has one; header names have no case. */
function storedValue(keepers: readonly BackendConfig[], name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (const { headers = {} } of keepers) {
    const found = Object.entries(headers).find(([key]) => key.toLowerCase() === wanted)
    if (found !== undefined) return found[1]
  }
  return undefined
}

function keepSecrets(keepers: readonly BackendConfig[], posted: Plain): Plain {
  return Object.fromEntries(
    Object.entries(posted).map(([name, value]) => [
      name,
      value === MASK ? (storedValue(keepers, name) ?? MASK) : value,
    ]),
  )
}

const maskAll = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]))

/**
 * A posted backend completed by what is stored of it (by name, else by URL): hidden values, absent fields. A hidden
 * value is kept for the scheme, host and port it was entered for, and as long as TLS checks no less; else the mask
 * stays in its place, which the schema refuses: whoever may change a URL could else have the secret sent to himself.
 */
export function completeBackend(current: Config, posted: unknown): unknown {
  if (!isPlain(posted)) return posted
  const byName = current.backends.find((backend) => backend.name === posted['name'])
  const byUrl = current.backends.find((backend) => backend.url === posted['url'])
  const kept = byName ?? byUrl
  if (kept === undefined) return overlay({}, posted)
  const merged = overlay(kept, posted)
  // Absent headers are the stored ones, and as secret as a mask.
  if (!('headers' in posted) && kept.headers !== undefined) merged['headers'] = maskAll(kept.headers)
  if (isPlain(merged['headers'])) {
    const keepers = [byName, byUrl].filter((one) => one !== undefined)
    merged['headers'] = keepSecrets(
      keepers.filter((one) => isTrustedBy(one, merged)),
      merged['headers'],
    )
  }
  return merged
}

/** The security settings without the password's hash. */
function openSettings(security: SecurityConfig | Plain | null | undefined): Plain {
  return Object.fromEntries(Object.entries(security ?? {}).filter(([name]) => name !== 'passwordHash'))
}

/** The configuration with another password's hash; an empty one takes it away. */
export function withPassword(config: Config, passwordHash: string): Config {
  const { security, ...rest } = config
  const next = { ...openSettings(security), ...(passwordHash === '' ? {} : { passwordHash }) }
  return Object.keys(next).length === 0 ? rest : { ...rest, security: next }
}

/** The posted security settings. The password is none of them: it is kept whatever was posted. */
function completeSecurity(kept: SecurityConfig | undefined, posted: unknown): unknown {
  if (posted === undefined) return kept
  if (posted !== null && !isPlain(posted)) return posted
  const completed = overlay({}, openSettings(posted))
  if (kept?.passwordHash !== undefined) completed['passwordHash'] = kept.passwordHash
  return Object.keys(completed).length === 0 ? undefined : completed
}

/**
 * The configuration that a POST means. Routing maps and the default that are absent are empty, as in the
 * original; every other field that is absent keeps its value, so that a client that does not know it does not
 * lose it, and `null` removes it.
 */
export function completePosted(current: Config, posted: unknown): unknown {
  if (!isPlain(posted)) return posted
  const { backends, security, ...rest } = posted
  const { security: keptSecurity, ...kept } = current
  const merged = overlay({ ...kept, ...EMPTY_CONFIG }, rest)
  const completed = completeSecurity(keptSecurity, security)
  if (completed !== undefined) merged['security'] = completed
  if (Array.isArray(backends)) merged['backends'] = backends.map((one) => completeBackend(current, one))
  else if (backends !== undefined) merged['backends'] = backends
  return merged
}

/** The configuration as it may be shown: the values of headers masked, the password's hash left out. */
export function masked(config: Config): Config {
  const { security, ...rest } = config
  const shownSecurity = openSettings(security)
  return {
    ...rest,
    ...(Object.keys(shownSecurity).length === 0 ? {} : { security: shownSecurity }),
    backends: config.backends.map((backend) =>
      backend.headers === undefined ? backend : { ...backend, headers: maskAll(backend.headers) },
    ),
  }
}
