/** Which backends run on this computer. Pure. */
import type { NetworkInterfaceInfo } from 'node:os'
import { parseAddress } from '../../src-shared/config/ranges.ts'

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** The computer's own addresses and name, as `os` tells them. */
export interface OwnAddresses {
  readonly interfaces: Interfaces
  readonly hostname: string
}

/** Whether a URL leads to this computer: by loopback, by one of its addresses, or by its own name. */
export function isOnThisComputer(url: string, { interfaces, hostname }: OwnAddresses): boolean {
  const host = new URL(url).hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  const address = parseAddress(host)
  if (address === undefined) {
    const [own = ''] = hostname.toLowerCase().split('.')
    return (
      host === 'localhost' ||
      host.endsWith('.localhost') ||
      (own !== '' && [own, `${own}.local`].includes(host))
    )
  }
  if (address.range() === 'loopback') return true
  const text = address.toString()
  return Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .some((info) => parseAddress(info.address)?.toString() === text)
}
