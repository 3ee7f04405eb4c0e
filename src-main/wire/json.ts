/**
 * Splits the text of a JSON object into its members, so that values are handed on as they came: parsed and written again
 * a number like 1.0 or 12345678901234567890 would be another text. Pure.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c

function skipSpace(json: string, at: number): number {
  let index = at
  for (;;) {
    const code = json.charCodeAt(index)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return index
    index++
  }
}

/** The index behind the string that begins with a quote at `at`. */
function endOfString(json: string, at: number): number {
  let end = json.indexOf('"', at + 1)
  for (;;) {
    let backslashes = 0
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end + 1
    end = json.indexOf('"', end + 1)
  }
}

function endOfNested(json: string, at: number): number {
  let depth = 0
  let index = at
  for (;;) {
    const char = json[index]
    if (char === '"') {
      index = endOfString(json, index)
      continue
    }
    if (char === '{' || char === '[') depth++
    if (char === '}' || char === ']') depth--
    index++
    if (depth === 0) return index
  }
}

function endOfValue(json: string, at: number): number {
  const char = json[at]
  if (char === '"') return endOfString(json, at)
  if (char === '{' || char === '[') return endOfNested(json, at)
  let index = at
  while (index < json.length && !' \n\r\t,}]'.includes(json.charAt(index))) index++
  return index
}

/**
 * The members of a JSON object, names and the texts of their values, in the order of the text. Of a repeated name the last
 * value counts, as for `JSON.parse`.
 * @param json the text of an object that `JSON.parse` accepts
 */
export function objectMembers(json: string): Map<string, string> {
  const members = new Map<string, string>()
  let index = skipSpace(json, skipSpace(json, 0) + 1)
  while (json.charCodeAt(index) === QUOTE) {
    const keyEnd = endOfString(json, index)
    const key = JSON.parse(json.slice(index, keyEnd)) as string
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1)
    const end = endOfValue(json, start)
    members.set(key, json.slice(start, end))
    const next = skipSpace(json, end)
    index = json[next] === ',' ? skipSpace(json, next + 1) : next
  }
  return members
}

/** The object of a JSON text; undefined where the text is no valid JSON, a list or a plain value. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.charCodeAt(skipSpace(text, 0)) !== 0x7b) return undefined
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** Whether a text that is valid JSON is an object. */
export function startsObject(json: string): boolean {
  return json.charCodeAt(skipSpace(json, 0)) === 0x7b
}
