/** Host names for one test: the hosts file of the machine belongs to root and to everybody on it. */
import dns from 'node:dns'

type Lookup = (hostname: string, ...rest: unknown[]) => unknown

function replaceLookup(value: Lookup): () => void {
  const real = dns.lookup
  Object.defineProperty(dns, 'lookup', { value, writable: true, configurable: true })
  return () => Object.defineProperty(dns, 'lookup', { value: real, writable: true, configurable: true })
}

/**
 * Has a name resolve as another one does, as the real resolver answers for that one; every other name is left to it.
 * @param target called for each look-up: the other name or address; undefined where there is no such name, which is told
 *   at once, as a real name server may take longer than the last good address stays out of use
 * @returns a function that ends it
 */
export function aliasName(name: string, target: () => string | undefined): () => void {
  const real = dns.lookup as Lookup
  return replaceLookup((hostname, ...rest) => {
    if (hostname !== name) return real(hostname, ...rest)
    const known = target()
    if (known !== undefined) return real(known, ...rest)
    const callback = rest.at(-1) as (error: Error) => void
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
    setImmediate(() => callback(error))
    return undefined
  })
}

/**
 * Gives a name several IPv4 addresses, in this order for all who ask for all; every other name is left to the resolver.
 * @returns ends it
 */
export function nameAddresses(name: string, addresses: readonly string[]): () => void {
  const real = dns.lookup as Lookup
  const all = addresses.map((address) => ({ address, family: 4 }))
  return replaceLookup((hostname, ...rest) => {
    if (hostname !== name) return real(hostname, ...rest)
    const callback = rest.at(-1) as (error: null, addresses: typeof all) => void
    setImmediate(() => callback(null, all))
    return undefined
  })
}
