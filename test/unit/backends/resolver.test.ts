import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LOOKUP_PATIENCE_MS, MAX_NAMES } from '../../../src-main/backends/limits.ts'
import { LookupError, type Address } from '../../../src-main/backends/lookups.ts'
import { BackendError } from '../../../src-main/backends/reasons.ts'
import { Resolver } from '../../../src-main/backends/resolver.ts'

const OLD: readonly Address[] = [{ address: '192.0.2.1', family: 4 }]
const NEW: readonly Address[] = [{ address: '192.0.2.2', family: 4 }]

interface Run {
  readonly name: string
  readonly found: (addresses: readonly Address[]) => void
  readonly failed: (code: string) => void
}

let runs: Run[] = []
let resolver: Resolver
const lookups = {
  run: (name: string) =>
    new Promise<readonly Address[]>((resolve, reject) => {
      runs.push({
        name,
        found: resolve,
        failed: (code) => reject(new LookupError(code, `${code} of getaddrinfo`)),
      })
    }),
  close: () => undefined,
}
const last = (): Run => runs.at(-1) ?? expect.unreachable()

/** The error of a name, as a request fails with it. */
async function failure(found: Promise<unknown>): Promise<BackendError> {
  const error: unknown = await found.then(
    () => expect.unreachable('it resolved'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof BackendError)) throw error
  return error
}

beforeEach(() => {
  vi.useFakeTimers()
  runs = []
  resolver = new Resolver({ lookups })
})
afterEach(() => {
  resolver.close()
  vi.useRealTimers()
})

test('an address is itself, and nobody is asked', async () => {
  expect(await resolver.resolve('192.0.2.9')).toEqual([{ address: '192.0.2.9', family: 4 }])
  expect(await resolver.resolve('fd00::9')).toEqual([{ address: 'fd00::9', family: 6 }])
  expect(runs).toEqual([])
})

describe('a name without addresses', () => {
  test('is looked up once at a time, for all who ask', async () => {
    const both = [resolver.resolve('nas.lan'), resolver.resolve('nas.lan')]
    expect(runs).toHaveLength(1)
    expect(resolver.isUnresolved('nas.lan')).toBe(true)
    last().found(OLD)
    expect(await Promise.all(both)).toEqual([OLD, OLD])
    expect(resolver.isUnresolved('nas.lan')).toBe(false)
    void resolver.resolve('nas.lan')
    expect(runs).toHaveLength(2)
  })

  test.each([
    ['ENOTFOUND', 'host name not found: nas.lan; check the name, or give the IP address'],
    [
      'EAI_AGAIN',
      'host name nas.lan does not resolve: the name server does not answer; check the name, or give the IP address',
    ],
    [
      'EAI_FAIL',
      'host name nas.lan does not resolve (EAI_FAIL of getaddrinfo); check the name, or give the IP address',
    ],
  ])('says so: %s', async (code, text) => {
    const found = failure(resolver.resolve('nas.lan'))
    last().failed(code)
    const { kind, message, connected } = await found
    expect({ kind, message, connected }).toEqual({ kind: 'connect', message: text, connected: false })
  })

  test('that the system answers with an empty list for is not found', async () => {
    const found = failure(resolver.resolve('nas.lan'))
    last().found([])
    expect((await found).message).toMatch(/^host name not found: nas\.lan/)
  })
})

describe('a name with addresses', () => {
  beforeEach(async () => {
    const found = resolver.resolve('nas.lan')
    last().found(OLD)
    await found
  })

  test('takes newer ones where they come soon', async () => {
    const found = resolver.resolve('nas.lan')
    await vi.advanceTimersByTimeAsync(LOOKUP_PATIENCE_MS - 1)
    last().found(NEW)
    expect(await found).toEqual(NEW)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is used with its last ones while the name server is late, without a wait from then on', async () => {
    const found = resolver.resolve('nas.lan')
    await vi.advanceTimersByTimeAsync(LOOKUP_PATIENCE_MS)
    expect(await found).toEqual(OLD)
    expect(await resolver.resolve('nas.lan')).toEqual(OLD)
    expect(runs, 'one lookup at a time').toHaveLength(2)
    expect(resolver.isUnresolved('nas.lan')).toBe(false)
    last().found(NEW)
    await vi.advanceTimersByTimeAsync(0)
    const next = resolver.resolve('nas.lan')
    await vi.advanceTimersByTimeAsync(LOOKUP_PATIENCE_MS)
    expect(await next).toEqual(NEW)
  })

  test('keeps them where the name server does not answer', async () => {
    const found = resolver.resolve('nas.lan')
    last().failed('EAI_AGAIN')
    expect(await found).toEqual(OLD)
  })

  test('loses them where the name server says that there is no such name', async () => {
    const found = failure(resolver.resolve('nas.lan'))
    last().failed('ENOTFOUND')
    expect((await found).message).toMatch(/^host name not found/)
    void resolver.resolve('nas.lan')
    expect(resolver.isUnresolved('nas.lan')).toBe(true)
  })
})

test('the names that are kept have a bound: the one that was used longest ago goes first', async () => {
  for (let count = 0; count <= MAX_NAMES; count++) {
    const found = resolver.resolve(`${count}.lan`)
    last().found(OLD)
    await found
  }
  void resolver.resolve('1.lan')
  void resolver.resolve('0.lan')
  expect([resolver.isUnresolved('1.lan'), resolver.isUnresolved('0.lan')]).toEqual([false, true])
})
