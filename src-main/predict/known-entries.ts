/**
 * What was asked for lately: all photos of an import ask for the same tasks, and so do all search queries.
 *
 * Each text is parsed once as long as few different ones come, and gives the same list, by which the plan of its
 * dispatches and the names that it is counted by are remembered (WeakMaps with the list as their key). In a process
 * that does much else, parsing and planning anew take a query some 20 µs of CPU time of 230.
 */
import type { Entry } from '../../src-shared/routing/plan.ts'
import { parseEntries } from '../wire/entries.ts'
import { KNOWN_ENTRIES, KNOWN_ENTRIES_CHARS } from './limits.ts'

export class KnownEntries {
  readonly #known = new Map<string, readonly Entry[]>()

  /**
   * The entries of a text; of the same text the same list.
   * @throws {AppError} ENTRIES_INVALID (400) or ENTRIES_TOO_MANY (413)
   */
  parse(text: string): readonly Entry[] {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    if (text.length > KNOWN_ENTRIES_CHARS) return parseEntries(text)
    // A copy: the text is a view of the whole request's, which it would keep in memory.
    const own = Buffer.from(text).toString()
    const entries = parseEntries(own)
    if (this.#known.size >= KNOWN_ENTRIES) this.#known.clear()
    this.#known.set(own, entries)
    return entries
  }
}
