/** Remembers which addresses of a backend connect, and orders them for the next connection. Pure: it reads no clock. */
import { ADDRESS_RETRY_MS } from './limits.ts'
import type { Address } from './lookups.ts'

/** IPv6 and IPv4 in turn, so that a network without one of the two costs one attempt, not all (RFC 8305, section 4). */
function interleaved(addresses: readonly Address[]): Address[] {
  const [first] = addresses
  const same = addresses.filter(({ family }) => family === first?.family)
  const other = addresses.filter(({ family }) => family !== first?.family)
  const mixed = same.flatMap((address, index) => [address, ...other.slice(index, index + 1)])
  return [...mixed, ...other.slice(same.length)]
}

/** Owns which addresses of one backend failed lately and which one was connected last. */
export class AddressMemory {
  /** When an address failed last, milliseconds. */
  readonly #failedAt = new Map<string, number>()
  /** The address that was connected last. */
  #lastGood: string | undefined
  #turn = 0

  /**
   * The addresses in the order in which to try them: first those that may work, each connection beginning with the
   * next of them, so that a name with several addresses spreads over all; then those that failed in the last
   * ADDRESS_RETRY_MS, the one that connected last before the others.
   * @param addresses in the system's order
   * @param now on the monotonic clock, milliseconds
   */
  order(addresses: readonly Address[], now: number): readonly Address[] {
    if (addresses.length < 2) return addresses
    this.#forgetOthers(addresses)
    const hasFailed = ({ address }: Address): boolean =>
      now - (this.#failedAt.get(address) ?? -Infinity) < ADDRESS_RETRY_MS
    const mixed = interleaved(addresses)
    const usable = mixed.filter((address) => !hasFailed(address))
    const failed = mixed.filter(hasFailed)
    const begin = usable.length === 0 ? 0 : this.#turn++ % usable.length
    const lastGoodFirst = failed.sort((a, b) => this.#rank(a) - this.#rank(b))
    return [...usable.slice(begin), ...usable.slice(0, begin), ...lastGoodFirst]
  }

  connected({ address }: Address): void {
    this.#lastGood = address
    this.#failedAt.delete(address)
  }

  failed({ address }: Address, now: number): void {
    this.#failedAt.set(address, now)
  }

  #rank({ address }: Address): number {
    return address === this.#lastGood ? 0 : 1
  }

  #forgetOthers(addresses: readonly Address[]): void {
    const current = new Set(addresses.map(({ address }) => address))
    for (const address of this.#failedAt.keys()) if (!current.has(address)) this.#failedAt.delete(address)
  }
}
