/** The schema of `immich`: the Immich whose queues are paused while no backend can serve them. Browser-safe. */
import * as z from 'zod'
import { MAX_API_KEY_CHARS } from '../limits.ts'
import { MASK } from './backend-schema.ts'
import { notText } from './common-schema.ts'
import { urlSchema, urlTextProblem, type UrlWords } from './url-schema.ts'

const WORDS: UrlWords = {
  example: 'http://nas:2283',
  credentials: 'Immich is asked with an API key (immich.apiKey)',
}

/** Why a text cannot be the URL of Immich, or undefined when it can. */
export const immichUrlProblem = (text: string): string | undefined => urlTextProblem(text, WORDS)

/** Why a text cannot be an API key. It is a secret, and never repeated. */
function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty; make a key in Immich under Account Settings, API Keys, as an admin'
  // A stored key was filled in before; a mask that is left means that no key is stored for this URL.
  if (key === MASK) return 'is hidden, and was entered for another URL; enter it again'
  if (key.length > MAX_API_KEY_CHARS) return `is longer than ${MAX_API_KEY_CHARS} characters`
  return /^[\x21-\x7e]+$/.test(key) ? undefined : 'has a character that no API key has'
}

export const immichSchema = z
  .looseObject(
    {
      url: urlSchema(WORDS),
      apiKey: z
        .string({ error: notText })
        .trim()
        .superRefine((key, context) => {
          const problem = keyProblem(key)
          if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
        })
        .optional(),
      /** Observe reads; on pauses and resumes queues as well. Off where it is absent. */
      guard: z.enum(['off', 'observe', 'on'], { error: 'must be "off", "observe" or "on"' }).optional(),
      /** Whether Immich is told to look for lost images; true where it is absent. */
      catchUp: z.boolean({ error: 'must be true or false' }).optional(),
    },
    { error: 'must be an object with a url and an apiKey' },
  )
  .superRefine(({ apiKey, guard = 'off' }, context) => {
    if (guard === 'off' || apiKey !== undefined) return
    context.addIssue({ code: 'custom', path: ['apiKey'], message: `is missing; guard "${guard}" needs it` })
  })

export type ImmichConfig = z.infer<typeof immichSchema>
