/**
 * The configuration that a posted one means: fields that were not posted keep their value, masked secrets are filled
 * in. And the reverse, a configuration with its secrets masked. Pure.
 */
import { MASK } from '../../src-shared/config/backend-schema.ts'
import { isPlain, type Plain } from '../../src-shared/config/schema-shape.ts'
import {
  EMPTY_CONFIG,
  type BackendConfig,
  type Config,
  type ImmichConfig,
  type SecurityConfig,
} from '../../src-shared/config/schema.ts'

/** The stored fields, replaced by the posted ones. `null` removes a field. */
function overlay(kept: Plain, posted: Plain): Plain {
  return Object.fromEntries(Object.entries({ ...kept, ...posted }).filter(([, value]) => value !== null))
}

/** Scheme, host and port of a URL; undefined for a value that is not a URL. */
function originOf(url: unknown): string | undefined {
  return typeof url === 'string' && URL.canParse(url.trim()) ? new URL(url.trim()).origin : undefined
}

/** The TLS settings that decide which server is accepted as the backend. */
function trustOf(tls: unknown): { checks: boolean; ca: string } {
  const { ca, rejectUnauthorized = true } = isPlain(tls) ? tls : {}
  return { checks: rejectUnauthorized === true, ca: typeof ca === 'string' ? ca.trim() : '' }
}

/** Whether new TLS settings accept no server that the old ones would have refused. */
function isAsStrict(before: unknown, after: unknown): boolean {
  const [kept, next] = [trustOf(before), trustOf(after)]
  if (!kept.checks) return true
  return next.checks && (next.ca === kept.ca || next.ca === '')
}

/**
 * Whether the secrets of a stored backend may be sent to a posted one: only to the server that they were entered for.
 */
function isTrustedBy(kept: BackendConfig, { url, tls }: Plain): boolean {
  const origin = originOf(url)
  if (origin === undefined || origin !== originOf(kept.url)) return false
  return !origin.startsWith('https:') || isAsStrict(kept.tls, tls)
}

/** The stored value of a header, of the first backend that has it. Header names have no case. */
function storedValue(sources: readonly BackendConfig[], name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (const { headers = {} } of sources) {
    const found = Object.entries(headers).find(([key]) => key.toLowerCase() === wanted)
    if (found !== undefined) return found[1]
  }
  return undefined
}

function keepSecrets(sources: readonly BackendConfig[], posted: Plain): Plain {
  return Object.fromEntries(
    Object.entries(posted).map(([name, value]) => [
      name,
      value === MASK ? (storedValue(sources, name) ?? MASK) : value,
    ]),
  )
}

const maskAll = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]))

/**
 * Completes a posted backend from the stored one of the same name, else of the same URL: absent fields and masked
 * header values. A masked value is filled in only for the scheme, host and port that it was entered for, and where
 * TLS checks no less than before; otherwise the mask stays, which the schema refuses. Without that rule, a user who
 * may change a URL could have a stored secret sent to a server of their own.
 * @param current the configuration in force
 * @param posted one backend, of any type
 */
export function completeBackend(current: Config, posted: unknown): unknown {
  if (!isPlain(posted)) return posted
  const byName = current.backends.find((backend) => backend.name === posted['name'])
  const byUrl = current.backends.find((backend) => backend.url === posted['url'])
  const kept = byName ?? byUrl
  if (kept === undefined) return overlay({}, posted)
  const merged = overlay(kept, posted)
  // Known sockets are tried without it: one that was named by hand is not to be lost by a page that does not know it.
  const { socket } = kept.manage ?? {}
  if (socket !== undefined && isPlain(merged['manage'])) merged['manage'] = { socket, ...merged['manage'] }
  // Headers that were not posted are the stored ones, under the same rule as masked ones.
  if (!('headers' in posted) && kept.headers !== undefined) merged['headers'] = maskAll(kept.headers)
  if (isPlain(merged['headers'])) {
    const sources = [byName, byUrl].filter((one) => one !== undefined)
    merged['headers'] = keepSecrets(
      sources.filter((one) => isTrustedBy(one, merged)),
      merged['headers'],
    )
  }
  return merged
}

/** The security settings without the password hash. */
function openSettings(security: SecurityConfig | Plain | null | undefined): Plain {
  return Object.fromEntries(Object.entries(security ?? {}).filter(([name]) => name !== 'passwordHash'))
}

/** A configuration with another password hash; an empty text removes it. */
export function withPassword(config: Config, passwordHash: string): Config {
  const { security, ...rest } = config
  const next = { ...openSettings(security), ...(passwordHash === '' ? {} : { passwordHash }) }
  return Object.keys(next).length === 0 ? rest : { ...rest, security: next }
}

/** The posted security settings with the stored password hash, which a posted configuration cannot change. */
function completeSecurity(kept: SecurityConfig | undefined, posted: unknown): unknown {
  if (posted === undefined) return kept
  if (posted !== null && !isPlain(posted)) return posted
  const completed = overlay({}, openSettings(posted))
  if (kept?.passwordHash !== undefined) completed['passwordHash'] = kept.passwordHash
  return Object.keys(completed).length === 0 ? undefined : completed
}

/**
 * The posted settings of Immich, completed by what is stored. A key that is hidden or absent is the stored one, and kept
 * for the scheme, host and port it was entered for, as a backend's headers are; else the mask stays in its place, which
 * the schema refuses.
 */
function completeImmich(kept: ImmichConfig | undefined, posted: unknown): unknown {
  if (posted === undefined) return kept
  if (!isPlain(posted)) return posted
  const merged = overlay(kept ?? {}, posted)
  const isHidden = !('apiKey' in posted) || posted['apiKey'] === MASK
  if (!isHidden || kept?.apiKey === undefined) return merged
  const origin = originOf(merged['url'])
  const isForThisUrl = origin !== undefined && origin === originOf(kept.url)
  return { ...merged, apiKey: isForThisUrl ? kept.apiKey : MASK }
}

/** Whether two groups of settings are the same, whatever the order of their fields. */
function isSame(one: object | undefined, other: object | undefined): boolean {
  const text = (value: object | undefined): string =>
    JSON.stringify(Object.entries(value ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
  return text(one) === text(other)
}

/** Whether two settings of Immich are the same, whatever the order of their fields. */
export function isSameImmich(one: ImmichConfig | undefined, other: ImmichConfig | undefined): boolean {
  return isSame(one, other)
}

/** The backend of a configuration that another one's is, by its name, else by its URL, as {@link completeBackend} takes it. */
function counterpart(config: Config, { name, url }: BackendConfig): BackendConfig | undefined {
  const { backends } = config
  return backends.find((one) => one.name === name) ?? backends.find((one) => one.url === url)
}

/**
 * Whether a configuration manages another container than the one in force, in another way, or none any more. A backend
 * that is gone takes its settings with it, and one that was renamed keeps them.
 */
export function isManageChanged(current: Config, next: Config): boolean {
  const isOther = (one: BackendConfig, config: Config): boolean =>
    !isSame(one.manage, counterpart(config, one)?.manage)
  const isAddedOrOther = next.backends.some((one) => one.manage !== undefined && isOther(one, current))
  const isRemoved = current.backends.some(
    (one) => one.manage !== undefined && counterpart(next, one) !== undefined && isOther(one, next),
  )
  return isAddedOrOther || isRemoved
}

/** Backends, by their index, whose posted `manage.socket` is not the stored one: it is set in the file by hand alone. */
export function foreignSockets(current: Config, next: Config): number[] {
  return [...next.backends.entries()]
    .filter(([, one]) => one.manage?.socket !== undefined)
    .filter(([, one]) => one.manage?.socket !== counterpart(current, one)?.manage?.socket)
    .map(([index]) => index)
}

/**
 * The configuration that a posted one means. Routing maps and the default backend are empty where they are absent, as
 * in the original. Every other absent field keeps its value, so that a client that does not know the field does not
 * remove it; `null` removes it. The result is not judged.
 * @param current the configuration in force
 * @param posted the body of `POST /api/config`, of any type
 */
export function completePosted(current: Config, posted: unknown): unknown {
  if (!isPlain(posted)) return posted
  const { backends, security, immich, ...rest } = posted
  const { security: keptSecurity, immich: keptImmich, ...kept } = current
  const merged = overlay({ ...kept, ...EMPTY_CONFIG }, rest)
  const completed = completeSecurity(keptSecurity, security)
  if (completed !== undefined) merged['security'] = completed
  const completedImmich = completeImmich(keptImmich, immich)
  if (completedImmich !== undefined && completedImmich !== null) merged['immich'] = completedImmich
  if (Array.isArray(backends)) merged['backends'] = backends.map((one) => completeBackend(current, one))
  else if (backends !== undefined) merged['backends'] = backends
  return merged
}

const maskedImmich = (immich: ImmichConfig): ImmichConfig =>
  immich.apiKey === undefined ? immich : { ...immich, apiKey: MASK }

/** A configuration as it may be shown: header values and Immich's key masked, the password hash left out. */
export function masked(config: Config): Config {
  const { security, immich, ...rest } = config
  const shownSecurity = openSettings(security)
  return {
    ...rest,
    ...(immich === undefined ? {} : { immich: maskedImmich(immich) }),
    ...(Object.keys(shownSecurity).length === 0 ? {} : { security: shownSecurity }),
    backends: config.backends.map((backend) =>
      backend.headers === undefined ? backend : { ...backend, headers: maskAll(backend.headers) },
    ),
  }
}
