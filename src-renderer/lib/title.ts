/** The title of a page. */
export const titleOf = (meta: Readonly<Record<PropertyKey, unknown>>): string =>
  `${String(meta['title'])} · Immich ML Proxy`

/** The signs that may stand before a title, each with a space behind it. */
const SIGN = /^[⏳⏸⚠] /u

/** A title with the sign of a state before it, in place of an earlier one; an empty sign removes it. */
export const withSign = (title: string, sign: string): string => sign + title.replace(SIGN, '')
