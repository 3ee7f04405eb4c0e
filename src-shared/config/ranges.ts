/** Addresses and ranges of them, read the same by the schema and by the guard. Pure, browser-safe. */
import ipaddr from 'ipaddr.js'

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6

/** A range of addresses as ipaddr.js matches it: the first one and the bits that count. */
export type IpRange = [IpAddress, number]

/** Bits of an IPv6 address in front of an IPv4 address that is mapped into it (`::ffff:0:0/96`). */
const MAPPED_PREFIX_BITS = 96

function plain(address: IpAddress): IpAddress {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/** An address as the socket tells it: without a zone, an IPv4-mapped one as IPv4; undefined for no address. */
export function parseAddress(text: string | undefined): IpAddress | undefined {
  if (text === undefined) return undefined
  const [withoutZone = ''] = text.split('%')
  // Only the four-part form: 010.1 and 0x7f.1 mean different addresses to different readers.
  if (ipaddr.IPv4.isValidFourPartDecimal(withoutZone)) return ipaddr.IPv4.parse(withoutZone)
  // ipaddr.js reads ::10.0.0.1 as if it were ::ffff:10.0.0.1; such addresses are long gone, and nobody's.
  if (/^::\d+\./.test(withoutZone)) return undefined
  return ipaddr.IPv6.isValid(withoutZone) ? plain(ipaddr.IPv6.parse(withoutZone)) : undefined
}

/** An entry of `security.allowedClients` as a range; undefined for what is neither an address nor a CIDR. */
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
