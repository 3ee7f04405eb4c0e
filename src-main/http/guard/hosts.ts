/**
 * Which names the views and the management API answer to. A page in the user's browser can have its own public
 * name lead to this machine (DNS rebinding) and would then be of one origin with it; names that nobody outside can
 * own are safe. Pure.
 */
import ipaddr from 'ipaddr.js'

const SAFE_SUFFIXES = ['.local', '.lan', '.home.arpa', '.internal', '.ts.net'] as const
const SINGLE_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

const BRACKETED = /^\[([^\]]+)\](?::\d{0,5})?$/
const NAMED = /^([\w.-]+)(?::\d{0,5})?$/

/** A name as it is compared: lower case, without the dot that may end a full name. */
export function normalName(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, '')
}

/** The name or address in a `Host` header, without port and brackets; undefined for what is no host at all. */
export function hostName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const name = BRACKETED.exec(header)?.[1] ?? NAMED.exec(header)?.[1]
  return name === undefined ? undefined : normalName(name)
}

function isAddress(name: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(name) || ipaddr.IPv6.isValid(name)
}

/** Whether an entry of `security.allowedHosts` (`ml.example.com` or `*.example.com`) allows a normal name. */
function allows(entry: string, name: string): boolean {
  const allowed = normalName(entry)
  return allowed.startsWith('*.')
    ? name.endsWith(allowed.slice(1)) && name.length > allowed.length - 1
    : name === allowed
}

/** Whether the views and the management API answer a request with this `Host` header. */
export function isAllowedHost(header: string | undefined, allowedHosts: readonly string[] = []): boolean {
  const name = hostName(header)
  if (name === undefined || name === '') return false
  if (isAddress(name) || SINGLE_LABEL.test(name)) return true
  if (SAFE_SUFFIXES.some((suffix) => name.endsWith(suffix) && name.length > suffix.length)) return true
  return allowedHosts.some((entry) => allows(entry, name))
}
