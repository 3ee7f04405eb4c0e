import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LoginAttempts, TooManyAttempts, type Client } from '../../../src-main/auth/attempts.ts'
import { PasswordChecks } from '../../../src-main/auth/checks.ts'
import { digest, hashPassword, sameSecret, verifyPassword } from '../../../src-main/auth/hash.ts'
import { PasswordVerifier } from '../../../src-main/auth/verifier.ts'
import { Sessions } from '../../../src-main/auth/sessions.ts'
import { MAX_FAILING_CLIENTS, MAX_SESSIONS, SCRYPT_COST } from '../../../src-main/auth/limits.ts'
import { basicPassword, cookiesOf } from '../../../src-main/http/guard/credentials.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'

const CHEAP = { N: 1024, r: 8, p: 1 }

describe('a password’s hash', () => {
  test('holds its parameters and a salt of its own, not the password', async () => {
    const [one, two] = await Promise.all([
      hashPassword('correct horse', CHEAP),
      hashPassword('correct horse', CHEAP),
    ])
    expect(one).toMatch(/^scrypt:1024:8:1:[\w-]{22}:[\w-]{43}$/)
    expect(one).not.toBe(two)
    expect(one).not.toContain('correct')
    expect(await verifyPassword('correct horse', one)).toBe(true)
    expect(await verifyPassword('correct horsE', one)).toBe(false)
    expect(await verifyPassword('', one)).toBe(false)
  })

  test('has the default cost where none is asked for', async () => {
    const hash = await hashPassword('correct horse')
    expect(hash.startsWith(`scrypt:${SCRYPT_COST.N}:${SCRYPT_COST.r}:${SCRYPT_COST.p}:`)).toBe(true)
    expect(await verifyPassword('correct horse', hash)).toBe(true)
  })

  test('is the same however a letter is composed', async () => {
    expect(await verifyPassword('cafe\u0301-cafe', await hashPassword('caf\u00e9-cafe', CHEAP))).toBe(true)
  })

  test.each([
    '',
    'plain',
    'scrypt:1024:8:1::',
    'scrypt:1000:8:1:AAAAAAAAAAAAAAAAAAAAAA:' + 'A'.repeat(43),
    'scrypt:0:8:1:AAAAAAAAAAAAAAAAAAAAAA:' + 'A'.repeat(43),
    'scrypt:9999999:99:99:AAAAAAAAAAAAAAAAAAAAAA:' + 'A'.repeat(43),
    'scrypt:524288:16:1:AAAAAAAAAAAAAAAAAAAAAA:' + 'A'.repeat(43),
  ])('%j, written by hand, lets nobody in', async (hash) => {
    expect(await verifyPassword('', hash)).toBe(false)
    expect(await verifyPassword('plain', hash)).toBe(false)
  })

  test('secrets are compared whole', () => {
    expect(sameSecret('abc', 'abc')).toBe(true)
    expect(sameSecret('abc', 'abcd')).toBe(false)
    expect(sameSecret('', 'a')).toBe(false)
  })
})

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

test('passwords are checked two at a time, and only so many wait', async () => {
  const checks = new PasswordChecks()
  let running = 0
  let most = 0
  const ends: (() => void)[] = []
  const check = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => ends.push(resolve))
    running--
  }
  const all = Array.from({ length: 40 }, () => checks.run(check))
  const settled = Promise.allSettled(all)
  let ended = 0
  while (ended < 34) {
    await vi.waitFor(() => expect(ends.length).toBeGreaterThan(0), { interval: 1 })
    ends.shift()?.()
    ended++
  }
  const results = await settled
  expect(most).toBe(2)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(34)
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused).toHaveLength(6)
  expect(refused.every(({ reason }) => reason instanceof TooManyAttempts)).toBe(true)
})

describe('the verifier', () => {
  const client: Client = { address: 'a' }
  const open = async (checks = new PasswordChecks()): Promise<PasswordVerifier> =>
    new PasswordVerifier(await hashPassword('correct horse', CHEAP), checks, silentLogger())

  test('does not count an attempt that was not looked at', async () => {
    const checks = new PasswordChecks()
    const verifier = await open(checks)
    let end: () => void = () => undefined
    const held = new Promise<void>((resolve) => (end = resolve))
    const others = Array.from({ length: 34 }, () => checks.run(() => held))
    for (let count = 0; count < 8; count++) {
      await expect(verifier.isRight('wrong', client)).rejects.toThrow(/Too many passwords/)
      await expect(verifier.isBasicRight('wrong', client)).rejects.toThrow(/Too many passwords/)
    }
    end()
    await Promise.all(others)
    expect(await verifier.isRight('correct horse', client)).toBe(true)
  })

  test('does not remember what was right before another password was set', async () => {
    const verifier = await open()
    const other = await hashPassword('battery staple', CHEAP)
    expect(await verifier.isBasicRight('correct horse', client)).toBe(true)
    const again = verifier.isBasicRight('correct horse', { address: 'b' })
    verifier.use(other)
    expect(await again).toBe(false)
    expect(await verifier.isBasicRight('correct horse', client)).toBe(false)
    expect(await verifier.isBasicRight('battery staple', client)).toBe(true)
  })
})

describe('sessions', () => {
  let folder: string
  let file: string
  const onEnded = vi.fn<() => void>()
  const open = (hash: string, lifetimeMs = 60_000): Sessions =>
    new Sessions({ file, lifetimeMs, log: silentLogger(), onEnded }, hash)

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-sessions-'))
    file = path.join(folder, 'sessions.json')
    onEnded.mockClear()
  })
  afterEach(() => {
    vi.useRealTimers()
    rmSync(folder, { recursive: true })
  })

  test('are random, kept as hashes in a file for the user alone, and outlive a restart', () => {
    const first = open('hash')
    const token = first.open(true)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain(token)
    expect(text).toContain(digest(token))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    first.stop()
    const second = open('hash')
    expect(second.find(token)).toBeDefined()
    second.end(second.find(token) ?? '')
    expect(second.find(token)).toBeUndefined()
    expect(onEnded).toHaveBeenCalledOnce()
    expect(open('hash').find(token)).toBeUndefined()
  })

  test('a changed password ends them, also one that was changed while the program was off', () => {
    const sessions = open('hash')
    const token = sessions.open(true)
    expect(open('another hash').find(token)).toBeUndefined()
    expect(open('').find(token)).toBeUndefined()
    sessions.passwordChanged('another hash')
    expect(sessions.find(token)).toBeUndefined()
    expect(open('hash').find(token)).toBeUndefined()
  })

  test('the window’s own are not kept, and stay when the password changes', () => {
    const sessions = open('hash')
    const token = sessions.open(false)
    sessions.passwordChanged('another')
    expect(sessions.find(token)).toBeDefined()
    expect(open('hash').find(token)).toBeUndefined()
  })

  test('end by themselves, after 30 days too, which is more than a timer can wait', () => {
    vi.useFakeTimers()
    const days = 24 * 60 * 60 * 1_000
    const sessions = open('hash', 30 * days)
    const token = sessions.open(true)
    vi.advanceTimersByTime(29.9 * days)
    expect(sessions.find(token)).toBeDefined()
    expect(onEnded).not.toHaveBeenCalled()
    vi.advanceTimersByTime(0.2 * days)
    expect(onEnded).toHaveBeenCalledOnce()
    expect(sessions.find(token)).toBeUndefined()
  })

  test('only so many are kept, the oldest goes', () => {
    const sessions = open('hash')
    const tokens = Array.from({ length: MAX_SESSIONS + 1 }, () => sessions.open(true))
    expect(sessions.find(tokens[0] ?? '')).toBeUndefined()
    expect(sessions.find(tokens[1] ?? '')).toBeDefined()
    expect(sessions.find(tokens.at(-1) ?? '')).toBeDefined()
  })

  test.each(['', '{', '[]', '{"password": 1}', '{"password":"x","sessions":{"a":"b"}}'])(
    'a file that holds %j costs the logins, nothing else',
    (text) => {
      writeFileSync(file, text)
      const sessions = open('hash')
      expect(sessions.find(sessions.open(true))).toBeDefined()
    },
  )

  test('a file cannot make a session longer than it may be', () => {
    const first = open('hash')
    const token = first.open(true)
    writeFileSync(file, readFileSync(file, 'utf8').replace(/:\d{13}/, ':99999999999999'))
    vi.useFakeTimers()
    const second = open('hash')
    expect(second.find(token)).toBeDefined()
    vi.advanceTimersByTime(61_000)
    expect(second.find(token)).toBeUndefined()
  })
})

describe('what a request brings', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

  test('a Basic password, whatever the user name', () => {
    expect(basicPassword(basic('admin:pass word'))).toBe('pass word')
    expect(basicPassword(basic(':a:b:c'))).toBe('a:b:c')
    expect(basicPassword(basic('x:käse'))).toBe('käse')
    expect(basicPassword(basic('x:').replace('Basic', 'bAsIc'))).toBe('')
  })

  test.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    basic('nocolon'),
    'Bearer YTpi',
    'Basic YTpi YTpi',
    'Basic (&%',
  ])('no password in %j', (header) => {
    expect(basicPassword(header)).toBeUndefined()
  })

  test('a cookie by its exact name', () => {
    expect(cookiesOf('a=1; name=token; b=2', 'name')).toEqual(['token'])
    expect(cookiesOf('xname=no;name=yes=', 'name')).toEqual(['yes='])
    expect(cookiesOf('name=stale; name=good', 'name')).toEqual(['stale', 'good'])
    expect(cookiesOf('names=no', 'name')).toEqual([])
    expect(cookiesOf('name', 'name')).toEqual([])
    expect(cookiesOf(undefined, 'name')).toEqual([])
  })
})
