/** What the schemas of all parts share. Browser-safe. */
import * as z from 'zod'

// The views run under a CSP without eval; zod's compiled parsers would need it.
z.config({ jitless: true })

export const notText = 'must be a text'

/** A whole number in a range, with one sentence for everything that it is not. */
export function wholeNumber(from: number, to: number, unit: string): z.ZodNumber {
  const error = `must be a whole number from ${from} to ${to}${unit}`
  return z.int({ error }).min(from, error).max(to, error)
}
