/**
 * Parses IP addresses and ranges; the schema and access control share it, so that both read an entry alike. Pure,
 * browser-safe.
 */
import ipaddr from 'ipaddr.js'

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6

/** A range as ipaddr.js matches it: an address and how many of its first bits count. */
export type IpRange = [IpAddress, number]

/** Bits before the IPv4 address in an IPv4-mapped IPv6 address (`::ffff:0:0/96`). */
const MAPPED_PREFIX_BITS = 96

function plain(address: IpAddress): IpAddress {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/**
 * Parses an address as a socket reports it. A zone is dropped, and an IPv4-mapped address is IPv4; undefined where it
 * is none.
 */
export function parseAddress(text: string | undefined): IpAddress | undefined {
  if (text === undefined) return undefined
  const [withoutZone = ''] = text.split('%')
  // Only the form with four decimal parts: programs differ in how they read 010.1 or 0x7f.1.
  if (ipaddr.IPv4.isValidFourPartDecimal(withoutZone)) return ipaddr.IPv4.parse(withoutZone)
  // ipaddr.js reads ::10.0.0.1 (obsolete, RFC 4291) as if it were ::ffff:10.0.0.1.
  if (/^::\d+\./.test(withoutZone)) return undefined
  return ipaddr.IPv6.isValid(withoutZone) ? plain(ipaddr.IPv6.parse(withoutZone)) : undefined
}

/** Parses an entry of `security.allowedClients`; undefined where it is neither an address nor a CIDR. */
export function parseRange(entry: string): IpRange | undefined {
  const [first = '', bits, more] = entry.trim().split('/')
  const address = parseAddress(first)
  if (address === undefined || more !== undefined || first.includes('%')) return undefined
  const most = address.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [address, most]
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits)) return undefined
  // ::ffff:192.168.0.0/112 is 192.168.0.0/16.
  const written =
    address.kind() === 'ipv4' && first.includes(':') ? Number(bits) - MAPPED_PREFIX_BITS : Number(bits)
  return written < 0 || written > most ? undefined : [address, written]
}
