/** Host names for one test: the hosts file of the machine belongs to root and to everybody on it. */
import dns from 'node:dns'

/**
 * Has a name resolve as another one does, as the real resolver answers for that one; every other name is left to it.
 * @param target called for each look-up: the other name or address
 * @returns a function that ends it
 */
export function aliasName(name: string, target: () => string): () => void {
  const real = dns.lookup
  const aliased = (hostname: string, ...rest: unknown[]): unknown =>
    Reflect.apply(real, dns, [hostname === name ? target() : hostname, ...rest])
  Object.defineProperty(dns, 'lookup', { value: aliased, writable: true, configurable: true })
  return () => Object.defineProperty(dns, 'lookup', { value: real, writable: true, configurable: true })
}
