/** The schema of the security settings. Browser-safe. */
import * as z from 'zod'
import { MAX_SECURITY_ENTRIES } from '../limits.ts'
import { notObject, notText } from './common-schema.ts'
import { parseRange } from './ranges.ts'

/**
 * An entry of `security.allowedClients` that no client has: 0.0.0.0 is the source address only of a machine that does
 * not know its own yet (RFC 1122, 3.2.1.3).
 */
export const NOBODY = '0.0.0.0/32'

const CLIENTS_EXAMPLE = '192.168.1.20 or 192.168.1.0/24'
const clientSchema = z
  .string({ error: notText })
  .trim()
  .refine((entry) => parseRange(entry) !== undefined, { error: `must be like ${CLIENTS_EXAMPLE}` })

/** A host name, or `*.` before one. */
const hostPattern = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i
const hostSchema = z
  .string({ error: notText })
  .trim()
  .max(255, 'is longer than 255 characters')
  .regex(hostPattern, 'must be a host name like ml.example.com or *.example.com, without http:// and port')

function listOf(entry: z.ZodType<string>): z.ZodType<string[]> {
  return z
    .array(entry, { error: 'must be a list of texts' })
    .max(MAX_SECURITY_ENTRIES, `has more than ${MAX_SECURITY_ENTRIES} entries`)
}

export const securitySchema = z.looseObject(
  {
    /** The clients that may use `/ping` and `/predict`; the home network where it is absent or empty. */
    allowedClients: listOf(clientSchema).optional(),
    /** Further host names under which the pages may be opened. */
    allowedHosts: listOf(hostSchema).optional(),
    /** Set by `/api/auth/password` alone, and in no answer. */
    passwordHash: z.string({ error: notText }).optional(),
  },
  { error: notObject },
)
