/** The addresses to enter in Immich. Pure. */

export interface ShownAddress {
  readonly url: string
  readonly note: string
}

export const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)

/**
 * Whether the page came to its container by a port that is published: the addresses that the proxy knows are then those of
 * the container, which other computers cannot reach, and which another start may change.
 */
export const isPublished = (addresses: readonly string[], origin: string, isInContainer: boolean): boolean =>
  isInContainer && !addresses.includes(origin) && !addresses.every(isLoopback)

/** The address of this page is known to work; those of the container's network work where that is the host's. */
function publishedAddresses(outside: readonly string[], origin: string): ShownAddress[] {
  const opened = origin.startsWith('http:') && !isLoopback(origin)
  return [
    ...(opened ? [{ url: origin, note: 'the one you opened' }] : []),
    ...outside.map((url) => ({ url, note: 'only if the container uses its host’s network' })),
  ]
}

/**
 * The addresses on the LAN, or loopback if there is none. The address of this page comes
 * first: it is known to work.
 * @param origin of this page
 */
export function immichAddresses(
  addresses: readonly string[],
  origin: string,
  isInContainer = false,
): ShownAddress[] {
  const outside = addresses.filter((url) => !isLoopback(url))
  if (outside.length === 0) {
    return addresses.map((url) => ({ url, note: 'only for an Immich on this computer' }))
  }
  if (isPublished(addresses, origin, isInContainer)) return publishedAddresses(outside, origin)
  const sorted = [...outside].sort((a, b) => Number(b === origin) - Number(a === origin))
  return sorted.map((url) => ({
    url,
    note: url === origin && outside.length > 1 ? 'the one you opened' : '',
  }))
}
