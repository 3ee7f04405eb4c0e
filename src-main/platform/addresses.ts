/** The URLs under which the proxy can be reached. Pure. */
import type { NetworkInterfaceInfo } from 'node:os'

/** As `os.networkInterfaces()` returns them: the addresses of each interface by its name. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

const ANY_IPV4 = '0.0.0.0'
const ANY_IPV6 = '::'

function toUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The address that stands for all of this computer: with IPv6 `::`, which takes IPv4 as well, else `0.0.0.0`. */
export function anyAddress(interfaces: Interfaces): string {
  const hasIpv6 = Object.values(interfaces).some((infos) => infos?.some(({ family }) => family === 'IPv6'))
  return hasIpv6 ? ANY_IPV6 : ANY_IPV4
}

/**
 * The URLs under which a listening address can be reached, loopback first.
 * @param host the address that is listened on; a wildcard stands for all addresses of this computer
 * @param interfaces as `os.networkInterfaces()` returns them
 */
export function addressesOf(host: string, port: number, interfaces: Interfaces): string[] {
  if (host !== ANY_IPV4 && host !== ANY_IPV6) return [toUrl(host, port)]
  const outside = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((info) => !info.internal)
    // Link-local IPv6 addresses need a zone, which not every program accepts in a URL.
    .filter((info) => info.family === 'IPv4' || (host === ANY_IPV6 && info.scopeid === 0))
    // IPv4 first: it is what people write into Immich's settings, and IPv6 addresses may change each day.
    .sort((a, b) => Number(a.family === 'IPv6') - Number(b.family === 'IPv6'))
    .map((info) => toUrl(info.address, port))
  return [...new Set([toUrl('127.0.0.1', port), ...outside])]
}
