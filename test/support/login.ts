/** Credentials of a client: a header of HTTP Basic, a session cookie. */
import type { CallAnswer } from './http.ts'

/** A cost of hashing passwords that tests can wait for; the real one has a unit test. */
export const CHEAP_HASH = { N: 1024, r: 8, p: 1 }

/** The header of HTTP Basic. */
export function basic(password: string, user = 'anyone'): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** The cookie that an answer sets, as a client sends it back. */
export function cookieIn(answer: CallAnswer): Record<string, string> {
  const [cookie = ''] = answer.headers['set-cookie'] ?? []
  return { cookie: cookie.split(';')[0] ?? '' }
}
