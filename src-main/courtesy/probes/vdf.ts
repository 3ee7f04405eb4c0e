/**
 * One value out of a text in Valve's format KeyValues, as Steam's registry.vdf is: names and values in quotes, groups in
 * braces (https://developer.valvesoftware.com/wiki/KeyValues). Pure.
 */

/** A text in quotes with its escapes, a word without, a brace, or a comment to the end of the line. */
const TOKEN = /"((?:[^"\\]|\\.)*)"|([{}])|\/\/[^\n]*|([^\s"{}]+)/gs

/**
 * The value at a path of names, which have no case; undefined where it is not there. A text that is cut off is read as
 * far as it goes.
 */
export function vdfValue(text: string, path: readonly string[]): string | undefined {
  const wanted = path.map((name) => name.toLowerCase()).join('\0')
  const groups: string[] = []
  let name: string | undefined
  for (const [, quoted, brace, word] of text.matchAll(TOKEN)) {
    const token = quoted ?? word
    if (token !== undefined) {
      if (name === undefined) {
        name = token.toLowerCase()
        continue
      }
      if ([...groups, name].join('\0') === wanted) return token
      name = undefined
    } else if (brace === '{') {
      groups.push(name ?? '')
      name = undefined
    } else if (brace === '}') {
      groups.pop()
      name = undefined
    }
  }
  return undefined
}
