/** The shape of `backends[].wake`: how a sleeping backend is woken. Browser-safe. */
import * as z from 'zod'
import { MAX_WAKE_GIVE_UP_SECONDS, MIN_WAKE_GIVE_UP_SECONDS } from '../limits.ts'
import { notText, wholeNumber } from './common-schema.ts'
import { parseAddress } from './ranges.ts'

const MAC_EXAMPLE = 'aa:bb:cc:dd:ee:ff'
const BROADCAST_EXAMPLE = '192.168.1.255'
/** Six pairs of hexadecimal digits, with one kind of separator or none. */
const MAC = /^[0-9a-f]{2}([:-]?)[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i
/** The bit of the first byte that marks group addresses, ff:ff:ff:ff:ff:ff among them. */
const GROUP_BIT = 1

/**
 * Ranges that lead to a network of the user's own, by the names ipaddr.js has for them: a magic packet to anywhere
 * else would be traffic to a machine that never asked for it.
 */
const OWN_RANGES: ReadonlySet<string> = new Set([
  'private',
  'linkLocal',
  'loopback',
  'carrierGradeNat',
  // 255.255.255.255, which no router hands on.
  'broadcast',
])

/** Why a text cannot be the MAC address of a machine, or undefined when it can. */
export function macProblem(text: string): string | undefined {
  if (!MAC.test(text)) return `must be like ${MAC_EXAMPLE}`
  const digits = text.replaceAll(/[:-]/g, '')
  if (/^0+$/.test(digits) || (parseInt(digits.slice(0, 2), 16) & GROUP_BIT) !== 0) {
    return `is no address of one machine; it must be like ${MAC_EXAMPLE}`
  }
  return undefined
}

/** Why a text cannot be the address that magic packets go to, or undefined when it can. */
export function broadcastProblem(text: string): string | undefined {
  const address = parseAddress(text)
  if (address?.kind() !== 'ipv4' || text.includes(':'))
    return `must be an IPv4 address like ${BROADCAST_EXAMPLE}`
  if (OWN_RANGES.has(address.range())) return undefined
  return `is not an address of a network of your own; it must be like ${BROADCAST_EXAMPLE}`
}

function checked(problemOf: (text: string) => string | undefined): z.ZodType<string> {
  return z
    .string({ error: notText })
    .trim()
    .superRefine((text, context) => {
      const problem = problemOf(text)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
}

export const wakeSchema = z.looseObject(
  {
    mac: checked(macProblem),
    /** Where the packets go; the broadcast address of each of this computer's own networks where it is absent. */
    broadcast: checked(broadcastProblem).optional(),
    /** UDP port; 9 (discard) where it is absent. The network card looks at the content alone. */
    port: wholeNumber(1, 65_535, '').optional(),
    /** Which requests wake the backend; images alone where it is absent. */
    on: z
      .array(z.enum(['image', 'text'], { error: 'must be "image" or "text"' }), {
        error: 'must be a list of "image" and "text"',
      })
      .optional(),
    giveUpSeconds: wholeNumber(MIN_WAKE_GIVE_UP_SECONDS, MAX_WAKE_GIVE_UP_SECONDS, ' (seconds)').optional(),
  },
  { error: 'must be an object with a mac' },
)

export type WakeConfig = z.infer<typeof wakeSchema>
