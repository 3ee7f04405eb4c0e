/** What was asked for lately: all photos of an import ask for the same tasks, and so do all search queries. */
import { KNOWN_ENTRIES, KNOWN_ENTRIES_CHARS } from './limits.ts'
import type { Entry } from '../../src-shared/routing/plan.ts'
import { parseEntries } from '../wire/entries.ts'

/** Parses each text once, as long as few different ones come. */
export class KnownEntries {
  readonly #known = new Map<string, readonly Entry[]>()

  /**
   * The entries of a text; of the same text the same list, by which others can remember what they made of it.
   * @throws {AppError} ENTRIES_INVALID (400) or ENTRIES_TOO_MANY (413)
   */
  parse(text: string): readonly Entry[] {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const entries = parseEntries(text)
    if (text.length > KNOWN_ENTRIES_CHARS) return entries
    if (this.#known.size >= KNOWN_ENTRIES) this.#known.clear()
    this.#known.set(text, entries)
    return entries
  }
}
