/** The schema of one backend in the configuration. Browser-safe. */
import * as z from 'zod'
import {
  MAX_BACKEND_HEADERS,
  MAX_BACKEND_TIMEOUT_MS,
  MAX_CA_CHARS,
  MAX_CONCURRENT_LIMIT,
  MAX_HEADER_VALUE_CHARS,
  MAX_QUEUE_TIMEOUT_MS,
  MIN_BACKEND_TIMEOUT_MS,
} from '../limits.ts'
import { notObject, notText, wholeNumber } from './common-schema.ts'
import { manageSchema } from './manage-schema.ts'
import { HOPS_HEADER } from './names.ts'
import { quoted } from './problems.ts'
import { urlSchema, urlTextProblem, type UrlWords } from './url-schema.ts'
import { wakeSchema } from './wake-schema.ts'
import { yieldSchema } from './yield-schema.ts'

const URL_WORDS: UrlWords = {
  example: 'http://192.168.1.20:3003',
  credentials: 'put them into the backend’s headers (Authorization)',
}

const nameSchema = z
  .string({ error: notText })
  .trim()
  .min(1, 'is empty; give the backend a name')
  .max(100, 'is longer than 100 characters')

/** Why a text cannot be a backend's URL, as the end of a sentence; undefined where it can. */
export const urlProblem = (text: string): string | undefined => urlTextProblem(text, URL_WORDS)

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/
/** Headers of the connection, the body or the proxy itself. Setting one of them would break requests. */
const RESERVED_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'content-type',
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
  HOPS_HEADER,
])

/** Stands in answers for a secret. A posted mask keeps the secret that is stored. */
export const MASK = '••••••'

/**
 * Why a mask that was posted stands for no value. Stored values are filled in before the schema judges; a mask that is
 * left has none that may be used with this URL and these TLS settings.
 */
function hiddenProblem(backend: string): string {
  return (
    `is hidden: a hidden header of ${quoted(backend)} stays with the old URL and TLS settings that it was entered for; ` +
    'to use it with the new ones enter it again, or send "headers": {} to save without it'
  )
}

/** Why a name and a value cannot be a header. The value may be a secret and is never repeated. */
function headerProblem(name: string, value: string): string | undefined {
  if (!headerName.test(name)) return `"${name.slice(0, 100)}" is not a valid header name`
  if (RESERVED_HEADERS.has(name.toLowerCase())) return `"${name}" is set by the proxy itself; remove it`
  // Judged with the backend, whose name the message tells.
  if (value === MASK) return undefined
  if (value.length > MAX_HEADER_VALUE_CHARS) return `is longer than ${MAX_HEADER_VALUE_CHARS} characters`
  if (headerValue.test(value)) return undefined
  return 'the value has a line break or a character that a header cannot hold'
}

const headersSchema = z
  .record(z.string(), z.string({ error: notText }), { error: notObject })
  .superRefine((headers, context) => {
    const seen = new Set<string>()
    for (const [name, value] of Object.entries(headers)) {
      const add = (message: string): void => context.addIssue({ code: 'custom', path: [name], message })
      const problem = headerProblem(name, value)
      if (problem !== undefined) add(problem)
      else if (seen.has(name.toLowerCase())) add('stands twice; keep one of the two')
      seen.add(name.toLowerCase())
    }
    if (seen.size > MAX_BACKEND_HEADERS) {
      context.addIssue({ code: 'custom', message: `has more than ${MAX_BACKEND_HEADERS} headers` })
    }
  })

/** Why a text cannot be `tls.ca` (a PEM certificate or the path of one); undefined where it can. */
function caProblem(text: string): string | undefined {
  if (text.includes('PRIVATE KEY-----')) return 'is a private key; give the certificate, which is not secret'
  // To open a path that begins with two slashes, Windows would send the user's login to a machine that the text names.
  if (/^\s*[\\/]{2}/.test(text)) return 'must not be a network path; copy the file to this computer'
  return text.length > MAX_CA_CHARS ? `is longer than ${MAX_CA_CHARS} characters` : undefined
}

const tlsSchema = z.looseObject(
  {
    ca: z
      .string({ error: notText })
      .superRefine((text, context) => {
        const problem = caProblem(text)
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
      })
      .optional(),
    rejectUnauthorized: z.boolean({ error: 'must be true or false' }).optional(),
  },
  { error: notObject },
)

const slotsWords = ', or "auto"'
const slotsSchema = z.union([z.literal('auto'), wholeNumber(1, MAX_CONCURRENT_LIMIT, slotsWords)], {
  error: `must be a whole number from 1 to ${MAX_CONCURRENT_LIMIT}${slotsWords}`,
})

export const backendSchema = z
  .looseObject(
    {
      name: nameSchema,
      url: urlSchema(URL_WORDS),
      timeoutMs: wholeNumber(MIN_BACKEND_TIMEOUT_MS, MAX_BACKEND_TIMEOUT_MS, ' (milliseconds)').optional(),
      /** `auto`, as where it is absent: learned. */
      maxConcurrent: slotsSchema.optional(),
      queueTimeoutMs: wholeNumber(0, MAX_QUEUE_TIMEOUT_MS, ' (milliseconds)').optional(),
      headers: headersSchema.optional(),
      tls: tlsSchema.optional(),
      wake: wakeSchema.optional(),
      yield: yieldSchema.optional(),
      manage: manageSchema.optional(),
    },
    { error: 'must be an object with a name and a url' },
  )
  .superRefine(({ name, headers = {} }, context) => {
    for (const [header, value] of Object.entries(headers)) {
      if (value !== MASK) continue
      context.addIssue({ code: 'custom', path: ['headers', header], message: hiddenProblem(name) })
    }
  })
