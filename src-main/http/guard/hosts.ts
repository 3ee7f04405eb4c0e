/**
 * Which `Host` headers the pages and the management API accept. A foreign website can make its own public name
 * resolve to this machine (DNS rebinding); a browser then takes both for the same origin and lets the website's
 * scripts call the API. Accepted are addresses, names without a dot, and suffixes that cannot be registered publicly.
 * Pure.
 */
import ipaddr from 'ipaddr.js'

const SAFE_SUFFIXES = ['.local', '.lan', '.home.arpa', '.internal', '.ts.net'] as const
const SINGLE_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

const BRACKETED = /^\[([^\]]+)\](?::\d{0,5})?$/
const NAMED = /^([\w.-]+)(?::\d{0,5})?$/

/** A name as it is compared: in lower case and without the dot that may end a full name. */
export function normalName(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, '')
}

/** The name or address in a `Host` header, without port and brackets; undefined where the header is not valid. */
export function hostName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const name = BRACKETED.exec(header)?.[1] ?? NAMED.exec(header)?.[1]
  return name === undefined ? undefined : normalName(name)
}

function isAddress(name: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(name) || ipaddr.IPv6.isValid(name)
}

/**
 * Whether an entry of `security.allowedHosts` (`ml.example.com` or `*.example.com`) matches a name as {@link
 * normalName} returns it.
 */
function allows(entry: string, name: string): boolean {
  const allowed = normalName(entry)
  return allowed.startsWith('*.')
    ? name.endsWith(allowed.slice(1)) && name.length > allowed.length - 1
    : name === allowed
}

/**
 * Whether the pages and the management API accept a `Host` header.
 * @param allowedHosts the names in `security.allowedHosts`, accepted on top
 */
export function isAllowedHost(header: string | undefined, allowedHosts: readonly string[] = []): boolean {
  const name = hostName(header)
  if (name === undefined || name === '') return false
  if (isAddress(name) || SINGLE_LABEL.test(name)) return true
  if (SAFE_SUFFIXES.some((suffix) => name.endsWith(suffix) && name.length > suffix.length)) return true
  return allowedHosts.some((entry) => allows(entry, name))
}
