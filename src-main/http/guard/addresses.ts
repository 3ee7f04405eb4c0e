/** Which client addresses are let in. Pure; an address is always the socket's own, never a header's. */
import ipaddr from 'ipaddr.js'
import type { Client } from '../../auth/attempts.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** A range of addresses as ipaddr.js matches it: the first one and the bits that count. */
type Range = [Address, number]

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

/** Bits of an IPv6 address in front of an IPv4 address that is mapped into it (`::ffff:0:0/96`). */
const MAPPED_PREFIX_BITS = 96
/** Bytes of an IPv6 address that name its network (a /64), in which a machine chooses its addresses itself. */
const NETWORK_BYTES = 8

function plain(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/** An address as the socket tells it: without a zone, an IPv4-mapped one as IPv4; undefined for no address. */
export function parseAddress(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined
  const [withoutZone = ''] = text.split('%')
  // Only the four-part form: 010.1 and 0x7f.1 mean different addresses to different readers.
  if (ipaddr.IPv4.isValidFourPartDecimal(withoutZone)) return ipaddr.IPv4.parse(withoutZone)
  // ipaddr.js reads ::10.0.0.1 as if it were ::ffff:10.0.0.1; such addresses are long gone, and nobody's.
  if (/^::\d+\./.test(withoutZone)) return undefined
  return ipaddr.IPv6.isValid(withoutZone) ? plain(ipaddr.IPv6.parse(withoutZone)) : undefined
}

/** Whether an address belongs to this machine or to a home network. */
export function isHomeAddress(address: Address): boolean {
  return HOME_RANGES.has(address.range())
}

/** An entry of `security.allowedClients` as a range; undefined for what is neither an address nor a CIDR. */
export function parseRange(entry: string): Range | undefined {
  const [first = '', bits, more] = entry.trim().split('/')
  const address = parseAddress(first)
  if (address === undefined || more !== undefined || first.includes('%')) return undefined
  const most = address.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [address, most]
  if (!/^\d{1,3}$/.test(bits)) return undefined
  // ::ffff:192.168.0.0/112 is 192.168.0.0/16.
  const written =
    address.kind() === 'ipv4' && first.includes(':') ? Number(bits) - MAPPED_PREFIX_BITS : Number(bits)
  return written < 0 || written > most ? undefined : [address, written]
}

/** Whether an address lies in one of the ranges. */
export function isInRanges(address: Address, ranges: readonly Range[]): boolean {
  return ranges.some(([first, bits]) => first.kind() === address.kind() && address.match(first, bits))
}

export interface ClientRules {
  /** Undefined where no list is set: then the home network is let in. */
  readonly inference: readonly Range[] | undefined
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
