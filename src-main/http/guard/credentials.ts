/** What a request brings to be let in: the session's cookie and HTTP Basic. Pure. */
import { digest } from '../../auth/hash.ts'

/** Cookies are shared by all ports of a machine: two proxies must not overwrite each other's. */
export function cookieName(userDataFolder: string): string {
  return `immich-ml-proxy-${digest(userDataFolder).slice(0, 8)}`
}

/**
 * The name of the same cookie over https. One of its own, since browsers keep one of a name for all ports of a host:
 * over plain http they would refuse to replace it. The prefix keeps everybody else from setting it.
 */
export const secureCookieName = (name: string): string => `__Host-${name}`

/** The value of a cookie in a `Cookie` header, or undefined. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}

/** The sessions' tokens in a `Cookie` header, the one that came over https first. */
export function sessionTokens(header: string | undefined, name: string): string[] {
  const tokens = [cookieOf(header, secureCookieName(name)), cookieOf(header, name)]
  return tokens.filter((token) => token !== undefined)
}

/** The password in an `Authorization: Basic …` header, whatever the user name; undefined for anything else. */
export function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^\s*basic\s+([\w+/=-]+)\s*$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : text.slice(colon + 1)
}
