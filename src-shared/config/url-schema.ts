/** What a URL in the configuration must be. Browser-safe. */
import * as z from 'zod'
import { MAX_URL_CHARS } from '../limits.ts'
import { notText } from './common-schema.ts'

export interface UrlWords {
  /** An example of a URL, for messages. */
  readonly example: string
  /** The setting in which a user name and password belong, for messages. */
  readonly credentials: string
}

/** Why a text cannot be a URL of the configuration, or undefined when it can. */
export function urlTextProblem(text: string, { example, credentials }: UrlWords): string | undefined {
  if (text === '') return `is empty; write for example ${example}`
  if (text.length > MAX_URL_CHARS) return `is longer than ${MAX_URL_CHARS} characters`
  // Text before an @ may be a password, so a URL with one is not repeated in a message.
  const shown = text.includes('@') ? 'the text' : `"${text}"`
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return `${shown} is not a URL; write for example ${example}`
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `${shown} is not an http or https URL; write for example ${example}`
  }
  if (url.username !== '' || url.password !== '') {
    return `must not hold a user name or password; ${credentials}`
  }
  if (url.search !== '' || url.hash !== '') return 'must not hold a query or a fragment'
  return undefined
}

/** A text that must be a URL, in the words of its subject. */
export function urlSchema(words: UrlWords): z.ZodType<string> {
  return z
    .string({ error: notText })
    .trim()
    .superRefine((text, context) => {
      const problem = urlTextProblem(text, words)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
}
