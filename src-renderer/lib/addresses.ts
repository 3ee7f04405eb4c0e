/** The addresses to enter in Immich. Pure. */

export interface ShownAddress {
  readonly url: string
  readonly note: string
}

export const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)

/**
 * The addresses on the LAN, or loopback if there is none. The address of this page comes
 * first: it is known to work.
 * @param origin of this page
 */
export function immichAddresses(addresses: readonly string[], origin: string): ShownAddress[] {
  const outside = addresses.filter((url) => !isLoopback(url))
  if (outside.length === 0) {
    return addresses.map((url) => ({ url, note: 'only for an Immich on this computer' }))
  }
  const sorted = [...outside].sort((a, b) => Number(b === origin) - Number(a === origin))
  return sorted.map((url) => ({
    url,
    note: url === origin && outside.length > 1 ? 'the one you opened' : '',
  }))
}
