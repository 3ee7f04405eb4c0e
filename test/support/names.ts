/** Names that come and go, which the hosts file of a test machine cannot: it belongs to root. */
import dns from 'node:dns'

/**
 * Has a name resolve as another one does, as the real resolver answers for that one; every other name is left to it.
 * @param target the other name or address at this moment
 * @returns ends it
 */
export function aliasName(name: string, target: () => string): () => void {
  const real = dns.lookup
  const aliased = (hostname: string, ...rest: unknown[]): unknown =>
    Reflect.apply(real, dns, [hostname === name ? target() : hostname, ...rest])
  Object.defineProperty(dns, 'lookup', { value: aliased, writable: true, configurable: true })
  return () => Object.defineProperty(dns, 'lookup', { value: real, writable: true, configurable: true })
}
