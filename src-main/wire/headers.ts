/** The headers that go from a client's request to a backend, and the hops header of proxies. Pure. */
import { HOPS_HEADER } from '../../src-shared/config/names.ts'

/**
 * Not forwarded: the headers of one connection (RFC 9110, 7.6.1), those of the body, which may be another one, those that
 * this proxy sets itself, and those that may hold credentials for this proxy.
 */
const DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'content-type',
  'expect',
  // This proxy reads the answer and decodes no compression.
  'accept-encoding',
  'authorization',
  'cookie',
  'x-api-key',
  HOPS_HEADER,
])

/**
 * The headers for a backend, names and values in turn, names in lower case.
 * @param raw the received ones, names and values in turn
 * @param connection the value of the Connection header: the headers that it names are not forwarded
 * @param hops the value of the hops header
 */
export function forwardedHeaders(
  raw: readonly string[],
  connection: string | undefined,
  hops: string,
): string[] {
  const named =
    connection === undefined || /^\s*(keep-alive|close)\s*$/i.test(connection)
      ? undefined
      : new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
  const forwarded = [HOPS_HEADER, hops]
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    if (!DROPPED.has(name) && named?.has(name) !== true) forwarded.push(name, raw[index + 1] ?? '')
  }
  return forwarded
}

const NO_HOPS: readonly string[] = []

/** The ids of the proxies that a request has passed, by its hops header. */
export function hopsOf(header: string | string[] | undefined): readonly string[] {
  if (header === undefined) return NO_HOPS
  const text = Array.isArray(header) ? header.join(',') : header
  return text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}
