/** Completes what is being typed into the filter: keys, and the values that are known of them. Pure. */
import { KEYS, VALUES } from './filter.ts'

/** Values that come from what is there. */
export interface KnownValues {
  readonly backend: readonly string[]
  readonly from: readonly string[]
  readonly task: readonly string[]
  readonly status: readonly string[]
}

export interface Completion {
  /** The whole text with the completion in it. */
  readonly text: string
  /** Where to go on typing. */
  readonly caret: number
  /** What is shown in the list. */
  readonly label: string
}

/** Suggestions at once: more would not be read. */
const MOST = 8

/** The word that ends at the caret. */
function wordBefore(text: string, caret: number): { readonly from: number; readonly word: string } {
  const before = text.slice(0, caret)
  const from = before.search(/\S*$/)
  // A minus turns the condition around.
  const skip = before.slice(from).startsWith('-') ? 1 : 0
  return { from: from + skip, word: before.slice(from + skip) }
}

const quoted = (value: string): string => (/\s/.test(value) ? `"${value}"` : value)

function labelsFor(word: string, known: KnownValues): string[] {
  const colon = word.indexOf(':')
  if (colon === -1) {
    const keys = word === '' ? [] : Object.keys(KEYS).filter((key) => key.startsWith(word.toLowerCase()))
    return keys.map((key) => `${key}:`)
  }
  const key = word.slice(0, colon).toLowerCase()
  const begun = word
    .slice(colon + 1)
    .replace(/^"/, '')
    .toLowerCase()
  const live = key in known ? known[key as keyof KnownValues] : []
  const values = [...new Set([...live, ...(VALUES[key] ?? [])])]
  return values
    .filter((value) => value.toLowerCase().startsWith(begun) && value.toLowerCase() !== begun)
    .map((value) => `${key}:${quoted(value)}`)
}

/** The completions of the word that ends at the caret; none in the middle of a word. */
export function completions(text: string, caret: number, known: KnownValues): Completion[] {
  if (/^\S/.test(text.slice(caret))) return []
  const { from, word } = wordBefore(text, caret)
  return labelsFor(word, known)
    .slice(0, MOST)
    .map((label) => {
      const space = label.endsWith(':') || text.startsWith(' ', caret) ? '' : ' '
      const typed = `${text.slice(0, from)}${label}${space}`
      return { label, text: `${typed}${text.slice(caret)}`, caret: typed.length }
    })
}

/** Whether a condition stands in the filter. */
export const hasCondition = (text: string, condition: string): boolean =>
  text.split(/\s+/).includes(condition)

/** The text with a condition added at its end, or taken away where it stands in it. */
export function toggleCondition(text: string, condition: string): string {
  const words = text.split(/\s+/).filter((word) => word !== '')
  if (!words.includes(condition)) return [...words, condition].join(' ')
  return words.filter((word) => word !== condition).join(' ')
}
