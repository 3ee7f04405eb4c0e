/** What a report for an issue contains. Pure. */
import type { DebugRecord, RecordedBody } from '../../../src-shared/api.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import { MIN_SECRET_CHARS, REPORT_RECORDS } from '../limits.ts'

const HIDDEN = '[hidden]'
/** Names whose values may be secret, wherever they stand. */
const SECRET_NAME = /pass(word|phrase|wd)?|secret|token|api.?key|authorization|cookie|hash|credential/i

/**
 * The values that must not be in a report: the headers for the backends, the key of Immich's API, the password's hash,
 * and what the caller adds.
 * Very short values are left out, as they would be replaced inside of other words.
 */
export function secretValues(config: Config, others: readonly string[]): string[] {
  const headers = config.backends.flatMap((backend) => Object.values(backend.headers ?? {}))
  const hash = config.security?.passwordHash
  const all = [...headers, config.immich?.apiKey, hash, ...others].filter((value) => value !== undefined)
  // A header such as "Bearer x" is also a secret without its first word.
  const words = all.flatMap((value) => [value, ...value.split(/\s+/)])
  return [...new Set(words)].filter((value) => value.length >= MIN_SECRET_CHARS)
}

/** A text as it stands inside of JSON, where quotes and backslashes are escaped. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** Replaces secrets in a text, which may be JSON, as the lines of the logs are. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.flatMap((secret) => [secret, inJson(secret)]))
  // Longer ones first: a secret may contain another one.
  const ordered = [...forms].sort((one, other) => other.length - one.length)
  return ordered.reduce((result, secret) => result.replaceAll(secret, HIDDEN), text)
}

/** Whether a value may be a secret: whether a password is set, or how many tokens there are, is none. */
const mayBeSecret = (value: unknown): boolean =>
  typeof value === 'string' || (typeof value === 'object' && value !== null)

/** JSON of a value; values of keys that look secret are hidden, lists and objects of them too. */
export function toJson(value: unknown): string {
  const hide = (name: string, inner: unknown): unknown =>
    SECRET_NAME.test(name) && mayBeSecret(inner) ? HIDDEN : inner
  return `${JSON.stringify(value, hide, 2)}\n`
}

/** A body without its content: neither texts nor the names of files. */
function describeBody({ kind, contentType, size, parts }: RecordedBody): object {
  return {
    kind,
    contentType,
    size,
    ...(parts === undefined
      ? {}
      : {
          parts: parts.map((part) => ({ name: part.name, contentType: part.contentType, size: part.size })),
        }),
  }
}

/** The last {@link REPORT_RECORDS} records without bodies and without the queries of their URLs. */
export function describeRecords(records: readonly DebugRecord[]): object[] {
  return records.slice(-REPORT_RECORDS).map(({ request, response, ...record }) => ({
    ...record,
    request: { ...request, url: request.url.replace(/\?.*$/s, ''), body: describeBody(request.body) },
    response: { ...response, body: describeBody(response.body) },
  }))
}
