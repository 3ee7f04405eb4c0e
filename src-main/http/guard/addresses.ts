/**
 * Which client addresses are allowed. An address is always that of the socket: a header such as X-Forwarded-For can be
 * written by the client. Pure.
 */
import ipaddr from 'ipaddr.js'
import type { Client } from '../../auth/attempts.ts'
import type { Interfaces } from '../../platform/addresses.ts'
import { parseAddress, parseRange, type IpAddress, type IpRange } from '../../../src-shared/config/ranges.ts'

/** The ranges of a home network, by their names in ipaddr.js. */
const HOME_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  // RFC 1918, and ULA (fc00::/7).
  'private',
  'uniqueLocal',
  // 169.254.0.0/16 and fe80::/10: what machines assign themselves where no DHCP server does.
  'linkLocal',
  // 100.64.0.0/10: Tailscale and other private overlay networks.
  'carrierGradeNat',
])

/** Bytes of an IPv6 address that name its network, a /64. Within it a machine chooses its addresses itself. */
const NETWORK_BYTES = 8

/** The first 64 bits of an IPv6 address as text: its network. */
function networkOf(address: IpAddress): string {
  return ipaddr.fromByteArray(address.toByteArray().fill(0, NETWORK_BYTES)).toString()
}

/** The public IPv6 networks of this machine's own links, each a /64 as {@link networkOf} writes it. */
export type HomeNetworks = ReadonlySet<string>

/**
 * The public IPv6 networks that count as the home network. Providers give every machine of a home a public IPv6
 * address, so the machines of one link know each other by a prefix alone. Only a network of an interface counts that
 * has an RFC 1918 address and no public IPv4 address: a rented server shares its link with machines of other customers.
 * 100.64.0.0/10 does not count, since providers use it to number their customers.
 * @param interfaces as `os.networkInterfaces()` returns them
 */
export function homeNetworks(interfaces: Interfaces): HomeNetworks {
  const networks = new Set<string>()
  for (const infos of Object.values(interfaces)) {
    const addresses = (infos ?? [])
      .map(({ address }) => parseAddress(address))
      .filter((one) => one !== undefined)
    const ranges = addresses.filter((one) => one.kind() === 'ipv4').map((one) => one.range())
    if (!ranges.includes('private') || ranges.some((range) => !HOME_RANGES.has(range))) continue
    // Never fewer than 64 bits, whatever the prefix: a wider one may hold other people's networks.
    for (const one of addresses) if (isPublicIpv6(one)) networks.add(networkOf(one))
  }
  return networks
}

function isPublicIpv6(address: IpAddress): boolean {
  return address.kind() === 'ipv6' && address.range() === 'unicast'
}

/** Whether an address belongs to this machine, to a private range, or to a public IPv6 network of its own link. */
export function isHomeAddress(address: IpAddress, networks: () => HomeNetworks = () => new Set()): boolean {
  if (HOME_RANGES.has(address.range())) return true
  return isPublicIpv6(address) && networks().has(networkOf(address))
}

/** Whether an address lies in one of the ranges. */
export function isInRanges(address: IpAddress, ranges: readonly IpRange[]): boolean {
  return ranges.some(([first, bits]) => first.kind() === address.kind() && address.match(first, bits))
}

export interface ClientRules {
  /** Who may use `/ping` and `/predict`; undefined where no list is set, which allows the home network. */
  readonly inference: readonly IpRange[] | undefined
}

/**
 * The rules of a configuration.
 * @param allowedClients addresses and CIDRs. An empty list counts as none; an entry that is neither matches no address
 */
export function clientRules(allowedClients: readonly string[] | undefined): ClientRules {
  if (allowedClients === undefined || allowedClients.length === 0) return { inference: undefined }
  return { inference: allowedClients.map(parseRange).filter((range) => range !== undefined) }
}

/** What a client may use, by its address. */
export interface ClientVerdict {
  /** The pages and the management API. */
  readonly manage: boolean
  /** `/ping` and `/predict`. */
  readonly infer: boolean
}

/**
 * Judges a client by the address of its socket. A socket that has closed has none; such a client may use nothing.
 * @param networks asked only about public IPv6 addresses
 */
export function judgeClient(
  remoteAddress: string | undefined,
  rules: ClientRules,
  networks?: () => HomeNetworks,
): ClientVerdict {
  const address = parseAddress(remoteAddress)
  if (address === undefined) return { manage: false, infer: false }
  const manage = isHomeAddress(address, networks)
  return { manage, infer: rules.inference === undefined ? manage : isInRanges(address, rules.inference) }
}

/**
 * The names under which a client's failed logins are counted: its address, and for IPv6 its /64 too. 127.0.0.0/8 is one
 * client: a program on this machine can send from each of its 16 million addresses.
 */
export function clientOf(remoteAddress: string | undefined): Client {
  const address = parseAddress(remoteAddress)
  if (address === undefined) return { address: 'unknown' }
  if (address.kind() === 'ipv4') {
    return { address: address.range() === 'loopback' ? '127.0.0.0/8' : address.toString() }
  }
  // By the network alone, one machine's failures would lock out the others: at home all are in the same /64.
  return { address: address.toString(), network: `${networkOf(address)}/64` }
}
