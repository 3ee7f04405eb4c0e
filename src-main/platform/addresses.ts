/** The URLs under which the proxy can be reached. Pure. */
import type { NetworkInterfaceInfo } from 'node:os'

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

const ANY_IPV4 = '0.0.0.0'
const ANY_IPV6 = '::'

function toUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
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
    .map((info) => toUrl(info.address, port))
  return [...new Set([toUrl('127.0.0.1', port), ...outside])]
}
