/** Detects that the proxy has moved to another port. Pure. */

export function portOf(addresses: readonly string[] | undefined): string | undefined {
  const [first] = addresses ?? []
  return first === undefined ? undefined : new URL(first).port
}

/** The URL of this page on the new port; undefined if the port is the same. */
export function movedTo(
  before: string | undefined,
  now: string | undefined,
  href: string,
): string | undefined {
  if (before === undefined || now === undefined || before === now) return undefined
  const url = new URL(href)
  url.port = now
  return url.href
}
