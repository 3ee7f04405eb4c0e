import { describe, expect, test } from 'vitest'
import { LoginAttempts, TooManyAttempts, type Client } from '../../../src-main/auth/attempts.ts'
import { MAX_FAILING_CLIENTS } from '../../../src-main/auth/limits.ts'

describe('failed logins', () => {
  const a = { address: 'a' }
  const b = { address: 'b' }
  const fail = (attempts: LoginAttempts, client: string, times: number): void => {
    for (let count = 0; count < times; count++) attempts.begin({ address: client })
  }

  test('from the sixth within a minute a client has to wait until the first is a minute old', () => {
    let now = 1_000
    const attempts = new LoginAttempts(() => now)
    fail(attempts, 'a', 1)
    now += 20_500
    fail(attempts, 'a', 4)
    const wait = (): number => {
      try {
        attempts.begin(a)
        return 0
      } catch (error) {
        if (!(error instanceof TooManyAttempts)) throw error
        return error.retryAfterSeconds
      }
    }
    expect(wait()).toBe(40)
    now += 39_000
    expect(wait()).toBe(1)
    now += 500
    expect(wait()).toBe(0)
    expect(wait()).toBe(21)
  })

  test('one client’s do not count for another', () => {
    const attempts = new LoginAttempts()
    fail(attempts, 'a', 5)
    expect(() => attempts.begin(b)).not.toThrow()
    expect(() => attempts.begin(a)).toThrow(TooManyAttempts)
  })

  test('the right ones do not count', () => {
    const attempts = new LoginAttempts()
    for (let count = 0; count < 20; count++) attempts.begin(a).takeBack()
    expect(attempts.size).toBe(0)
  })

  test('many at once count before they are checked', () => {
    const attempts = new LoginAttempts()
    const begun = Array.from({ length: 5 }, () => attempts.begin(a))
    expect(() => attempts.begin(a)).toThrow(TooManyAttempts)
    begun[0]?.takeBack()
    expect(() => attempts.begin(a)).not.toThrow()
  })

  test('only so many clients are remembered', () => {
    const attempts = new LoginAttempts()
    for (let client = 0; client < MAX_FAILING_CLIENTS * 2; client++)
      attempts.begin({ address: `client ${client}` })
    expect(attempts.size).toBe(MAX_FAILING_CLIENTS)
  })

  test('who has to wait is told so without being counted', () => {
    let now = 0
    const attempts = new LoginAttempts(() => now)
    fail(attempts, 'a', 4)
    for (let count = 0; count < 3; count++) expect(() => attempts.refuseIfBlocked(a)).not.toThrow()
    fail(attempts, 'a', 1)
    now = 30_000
    for (let count = 0; count < 3; count++) expect(() => attempts.refuseIfBlocked(a)).toThrow(/wait 30 s/)
    expect(() => attempts.refuseIfBlocked(b)).not.toThrow()
  })

  test('one neighbour’s do not count for another; all addresses of a network have a limit together', () => {
    const attempts = new LoginAttempts()
    const inNetwork = (host: number): Client => ({ address: `fd00::${host}`, network: 'fd00::/64' })
    for (let count = 0; count < 5; count++) attempts.begin(inNetwork(1))
    expect(() => attempts.begin(inNetwork(1))).toThrow(TooManyAttempts)
    for (let host = 2; host < 27; host++) attempts.begin(inNetwork(host)).takeBack()
    for (let host = 2; host < 27; host++) attempts.begin(inNetwork(host))
    expect(() => attempts.refuseIfBlocked(inNetwork(99))).toThrow(TooManyAttempts)
    expect(() => attempts.begin({ address: 'fd01::1', network: 'fd01::/64' })).not.toThrow()
    expect(() => attempts.begin(a)).not.toThrow()
  })
})
