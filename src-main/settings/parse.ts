/** Reads the text of `config.json`, and what stays in force of a text that cannot be used. Pure. */
import type * as z from 'zod'
import { errorText } from '../platform/errors.ts'
import { isPlain } from './merge.ts'
import {
  configSchema,
  EMPTY_CONFIG,
  judge,
  problemsText,
  serverSchema,
  type Config,
} from '../../src-shared/config/schema.ts'
import { securitySchema } from '../../src-shared/config/security-schema.ts'

type Parsed = { ok: true; config: Config } | { ok: false; reason: string }

/**
 * Where a text stops being JSON, by line and column. The parser's message is not used: it quotes the text, secrets
 * too.
 */
function jsonPlace(text: string, error: unknown): string {
  const at = /at position (\d+)/.exec(errorText(error))?.[1]
  if (at === undefined) return ''
  const before = text.slice(0, Number(at)).split('\n')
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`
}

/** Parses and judges the text of the file. Never throws; the reason names fields and never their secrets. */
export function parseConfig(text: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { ok: false, reason: `it is not JSON${jsonPlace(text, error)}` }
  }
  const judged = judge(configSchema, value)
  return judged.ok ? { ok: true, config: judged.value } : { ok: false, reason: problemsText(judged.problems) }
}

/** The fields of an object that are valid by themselves, and of lists the valid entries. */
function validFields(shape: Record<string, z.ZodType>, value: unknown): Record<string, unknown> {
  if (!isPlain(value)) return {}
  const valid: [string, unknown][] = []
  for (const [name, schema] of Object.entries(shape)) {
    const field = value[name]
    const kept = Array.isArray(field) ? field.filter((entry) => judge(schema, [entry]).ok) : field
    const isLost = Array.isArray(kept) && kept.length === 0
    if (kept !== undefined && !isLost && judge(schema, kept).ok) valid.push([name, kept])
  }
  return Object.fromEntries(valid)
}

/**
 * The password hash in a text that is not JSON, whichever quote or comma is missing. The last one found is the
 * file's.
 */
function hashInText(text: string): string | undefined {
  // In a file that was saved as UTF-16, every second byte is zero.
  const found = text.replaceAll('\0', '').matchAll(/passwordHash["'\s:=]*(scrypt[\w:-]*)/g)
  return [...found].at(-1)?.[1]
}

/**
 * What stays in force of a file that cannot be used: the password, the lists of clients and hosts, and the address.
 * Without it, a typing error anywhere in the file would open the proxy to everybody on the network. A damaged hash is
 * kept too: no password matches it.
 */
export function rescue(text: string): Config {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = { security: { passwordHash: hashInText(text) } }
  }
  if (!isPlain(value)) return EMPTY_CONFIG
  const security = validFields(securitySchema.shape, value['security'])
  const server = validFields(serverSchema.shape, value['server'])
  if (Object.keys(security).length + Object.keys(server).length === 0) return EMPTY_CONFIG
  return {
    ...EMPTY_CONFIG,
    ...(Object.keys(server).length === 0 ? {} : { server }),
    ...(Object.keys(security).length === 0 ? {} : { security }),
  }
}

/** What {@link rescue} kept, as the end of a warning. */
export function rescuedText({ security = {}, server = {} }: Config): string {
  const { passwordHash = '', ...lists } = security
  const fields = [
    ...(passwordHash === '' ? [] : ['the password (--reset-password removes it)']),
    ...Object.keys(lists).map((name) => `security.${name}`),
    ...Object.keys(server).map((name) => `server.${name}`),
  ]
  if (fields.length === 0) return 'the defaults are used, so no password is in force either'
  const none = passwordHash === '' ? '; no password is in force' : ''
  return `the defaults are used, but what it said of ${fields.join(', ')} stays in force${none}`
}
