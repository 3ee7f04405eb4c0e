/** The title of a page. */
export const titleOf = (meta: Readonly<Record<PropertyKey, unknown>>): string =>
  `${String(meta['title'])} · Immich ML Proxy`
