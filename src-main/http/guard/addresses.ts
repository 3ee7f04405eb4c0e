/**
 * Which client addresses are allowed. An address is always that of the socket: a header such as X-Forwarded-For can be
 * written by the client. Pure.
 */
import ipaddr from 'ipaddr.js'
import type { Client } from '../../auth/attempts.ts'
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

/** Whether an address belongs to this machine or to a home network. */
export function isHomeAddress(address: IpAddress): boolean {
  return HOME_RANGES.has(address.range())
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

/** Judges a client by the address of its socket. A socket that has closed has none; such a client may use nothing. */
export function judgeClient(remoteAddress: string | undefined, rules: ClientRules): ClientVerdict {
  const address = parseAddress(remoteAddress)
  if (address === undefined) return { manage: false, infer: false }
  const manage = isHomeAddress(address)
  return { manage, infer: rules.inference === undefined ? manage : isInRanges(address, rules.inference) }
}

/** The names under which a client's failed logins are counted: its address, and for IPv6 its /64 too. */
export function clientOf(remoteAddress: string | undefined): Client {
  const address = parseAddress(remoteAddress)
  if (address === undefined) return { address: 'unknown' }
  if (address.kind() === 'ipv4') return { address: address.toString() }
  // By the network alone, one machine's failures would lock out the others: at home all are in the same /64.
  const network = address.toByteArray().fill(0, NETWORK_BYTES)
  return { address: address.toString(), network: `${ipaddr.fromByteArray(network).toString()}/64` }
}
