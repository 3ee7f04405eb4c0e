/** Finds searched words in a text, to mark them. Pure. */

export interface Part {
  readonly text: string
  readonly isMatch: boolean
}

/** @param words in lower case */
export function markedParts(text: string, words: readonly string[]): Part[] {
  const lower = text.toLowerCase()
  // Some letters have another length in lower case; then positions would differ, so nothing is marked.
  if (lower.length !== text.length) return [{ text, isMatch: false }]
  const isMarked = new Uint8Array(text.length)
  for (const word of words) {
    if (word === '') continue
    for (let at = lower.indexOf(word); at !== -1; at = lower.indexOf(word, at + 1))
      isMarked.fill(1, at, at + word.length)
  }
  const parts: Part[] = []
  let from = 0
  for (let at = 1; at <= text.length; at++) {
    if (at < text.length && isMarked[at] === isMarked[from]) continue
    parts.push({ text: text.slice(from, at), isMatch: isMarked[from] === 1 })
    from = at
  }
  return parts
}
