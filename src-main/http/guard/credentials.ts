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

/** The value of a cookie in a `Cookie` header; undefined where it is absent. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}

/** The session tokens in a `Cookie` header, that of the https cookie first. */
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
