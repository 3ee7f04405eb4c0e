/** The credentials in a request's headers: the session cookie and HTTP Basic. Pure. */
import { digest } from '../../auth/hash.ts'

/**
 * The name of the session cookie. It contains a digest of the user data folder: browsers share cookies between all
 * ports of a host, and two proxies must not overwrite each other's.
 */
export function cookieName(userDataFolder: string): string {
  return `immich-ml-proxy-${digest(userDataFolder).slice(0, 8)}`
}

/**
 * The name of the same cookie over https. A `Secure` cookie cannot be replaced over plain http, so each has its own
 * name. Browsers accept the prefix `__Host-` only from the host itself over https.
 */
export const secureCookieName = (name: string): string => `__Host-${name}`

/** Cookies of one name that are read. A browser sends one for each path and domain under which it was set. */
const MAX_SAME_COOKIES = 4

/** The values of the cookies of a name in a `Cookie` header, in its order. */
export function cookiesOf(header: string | undefined, name: string): string[] {
  const values: string[] = []
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) values.push(pair.slice(equals + 1).trim())
    if (values.length === MAX_SAME_COOKIES) break
  }
  return values
}

/**
 * The session tokens in a `Cookie` header, those of the https cookie first. There may be several: a stale cookie of
 * the same name, set for another path or domain, comes before the good one and must not hide it.
 */
export function sessionTokens(header: string | undefined, name: string): string[] {
  return [...cookiesOf(header, secureCookieName(name)), ...cookiesOf(header, name)]
}

/** The password in an `Authorization: Basic …` header, whatever the user name; undefined for anything else. */
export function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^\s*basic\s+([\w+/=-]+)\s*$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : text.slice(colon + 1)
}
