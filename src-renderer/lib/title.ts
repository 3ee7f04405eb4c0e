/** What the window of a page is called. */
export const titleOf = (meta: Readonly<Record<PropertyKey, unknown>>): string =>
  `${String(meta['title'])} · Immich ML Proxy`
