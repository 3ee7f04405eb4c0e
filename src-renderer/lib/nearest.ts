/** Finds the word that was probably meant. Pure. */

/** How many letters differ: added, left out, or others. */
export function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 0; row < a.length; row++) {
    const now = [row + 1]
    for (let column = 0; column < b.length; column++) {
      const change = (before[column] ?? 0) + (a[row] === b[column] ? 0 : 1)
      now.push(Math.min(change, (before[column + 1] ?? 0) + 1, (now[column] ?? 0) + 1))
    }
    before = now
  }
  return before[b.length] ?? 0
}

/** A word with more differences is another word. */
const MOST = 2

/** The nearest of the known words; undefined where none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known.map((one) => ({ one, away: distance(word, one) })).sort((a, b) => a.away - b.away)
  return best !== undefined && best.away <= Math.min(MOST, word.length - 1) ? best.one : undefined
}
