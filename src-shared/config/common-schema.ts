/** What all schemas share. Browser-safe. */
import * as z from 'zod'

// The pages' content security policy forbids eval, which zod's compiled parsers need.
z.config({ jitless: true })

export const notText = 'must be a text'
export const notObject = 'must be an object'

/** A whole number in a range, with the same message whatever is wrong with it. */
export function wholeNumber(from: number, to: number, unit: string): z.ZodNumber {
  const error = `must be a whole number from ${from} to ${to}${unit}`
  return z.int({ error }).min(from, error).max(to, error)
}
