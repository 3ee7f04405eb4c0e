/** Which client addresses are let in. Pure; an address is always the socket's own, never a header's. */
import ipaddr from 'ipaddr.js'
import type { Client } from '../../auth/attempts.ts'
import { parseAddress, parseRange, type IpAddress, type IpRange } from '../../../src-shared/config/ranges.ts'

/** The ranges that a home network consists of, by the names ipaddr.js has for them. */
const HOME_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  // RFC 1918, and ULA (fc00::/7).
  'private',
  'uniqueLocal',
  // 169.254.0.0/16 and fe80::/10: what machines give themselves where nobody hands out addresses.
  'linkLocal',
  // 100.64.0.0/10: Tailscale and other overlays of the user's own.
  'carrierGradeNat',
])

/** Bytes of an IPv6 address that name its network (a /64), in which a machine chooses its addresses itself. */
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
  /** Undefined where no list is set: then the home network is let in. */
  readonly inference: readonly IpRange[] | undefined
}

/**
 * The rules that a configuration means.
 * @param allowedClients addresses and CIDRs; an empty list is as good as none, entries that are neither match nobody
 */
export function clientRules(allowedClients: readonly string[] | undefined): ClientRules {
  if (allowedClients === undefined || allowedClients.length === 0) return { inference: undefined }
  return { inference: allowedClients.map(parseRange).filter((range) => range !== undefined) }
}

/** What a client may do by its address. */
export interface ClientVerdict {
  /** The views and the management API. */
  readonly manage: boolean
  /** `/ping` and `/predict`. */
  readonly infer: boolean
}

/** Judges a client by the address of its socket; one without an address (a socket that is gone) may do nothing. */
export function judgeClient(remoteAddress: string | undefined, rules: ClientRules): ClientVerdict {
  const address = parseAddress(remoteAddress)
  if (address === undefined) return { manage: false, infer: false }
  const manage = isHomeAddress(address)
  return { manage, infer: rules.inference === undefined ? manage : isInRanges(address, rules.inference) }
}

/** As what a client's failed logins are counted: its address, and for IPv6 the network around it as well. */
export function clientOf(remoteAddress: string | undefined): Client {
  const address = parseAddress(remoteAddress)
  if (address === undefined) return { address: 'unknown' }
  if (address.kind() === 'ipv4') return { address: address.toString() }
  // At home every IPv6 machine stands in the same network: that one alone would let one lock out all.
  const network = address.toByteArray().fill(0, NETWORK_BYTES)
  return { address: address.toString(), network: `${ipaddr.fromByteArray(network).toString()}/64` }
}
