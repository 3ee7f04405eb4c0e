import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ATTEMPT_DELAY_MS, CONNECT_TIMEOUT_MS, MAX_ADDRESSES } from '../../../src-main/backends/limits.ts'
import type { Address } from '../../../src-main/backends/lookups.ts'
import { attemptDelay, race } from '../../../src-main/backends/race.ts'

/** How long a connection to an address takes, milliseconds, or how it fails after so long; absent: never answers. */
type Link = number | { failsAfter: number; code: string }

interface Seen {
  started: [address: string, at: number][]
  destroyed: string[]
  failedAddresses: string[]
  connected: [address: string, at: number] | undefined
  error: string | undefined
}

const addressesOf = (names: readonly string[]): Address[] => names.map((address) => ({ address, family: 4 }))

/** Runs a race over addresses, of which some have a link. */
function run(
  names: readonly string[],
  links: Readonly<Record<string, Link>>,
): { seen: Seen; stop: () => void } {
  const begun = performance.now()
  const now = (): number => performance.now() - begun
  const seen: Seen = {
    started: [],
    destroyed: [],
    failedAddresses: [],
    connected: undefined,
    error: undefined,
  }
  const stop = race({
    addresses: addressesOf(names),
    start: ({ address }, end) => {
      seen.started.push([address, now()])
      const link = links[address]
      if (typeof link === 'number') setTimeout(end, link)
      else if (link !== undefined) {
        setTimeout(() => end(Object.assign(new Error(link.code), { code: link.code })), link.failsAfter)
      }
      return { destroy: () => seen.destroyed.push(address) }
    },
    onConnected: (_attempt, { address }) => (seen.connected = [address, now()]),
    onFailed: ({ message }) => (seen.error = message),
    onAddressFailed: ({ address }) => seen.failedAddresses.push(address),
  })
  return { seen, stop }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('attempts', () => {
  test('on an address that connects at once are the only one', async () => {
    const { seen } = run(['a', 'b'], { a: 5, b: 5 })
    await vi.advanceTimersByTimeAsync(CONNECT_TIMEOUT_MS)
    expect(seen).toMatchObject({
      started: [['a', 0]],
      connected: ['a', 5],
      destroyed: [],
      failedAddresses: [],
    })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('go on beside each other: over a link of 400 ms, behind a dead address, it connects', async () => {
    const { seen } = run(['dead', 'slow'], { slow: 400 })
    await vi.advanceTimersByTimeAsync(CONNECT_TIMEOUT_MS)
    expect(seen.connected).toEqual(['slow', ATTEMPT_DELAY_MS + 400])
    expect([seen.destroyed, seen.failedAddresses]).toEqual([['dead'], ['dead']])
  })

  test('the first of two slow ones wins, and the second is not blamed', async () => {
    const { seen } = run(['a', 'b'], { a: 400, b: 400 })
    await vi.advanceTimersByTimeAsync(CONNECT_TIMEOUT_MS)
    expect(seen).toMatchObject({ connected: ['a', 400], destroyed: ['b'], failedAddresses: [] })
  })

  test.each([2, 9, 20, MAX_ADDRESSES])('on the last of %d leave it half of the time', async (count) => {
    const names = Array.from({ length: count }, (_, index) => `dead-${index}`)
    const last = names.at(-1) ?? ''
    const { seen } = run(names, { [last]: CONNECT_TIMEOUT_MS / 2 - 1 })
    await vi.advanceTimersByTimeAsync(CONNECT_TIMEOUT_MS)
    expect(seen.connected?.[0]).toBe(last)
    expect(seen.connected?.[1]).toBeLessThan(CONNECT_TIMEOUT_MS)
  })

  test('on more addresses than anybody has are not made', async () => {
    const { seen } = run(
      Array.from({ length: 1_000 }, (_, index) => `dead-${index}`),
      {},
    )
    await vi.advanceTimersByTimeAsync(10_000)
    expect(seen.started).toHaveLength(MAX_ADDRESSES)
  })

  test('begin at once where the one before was refused', async () => {
    const { seen } = run(['a', 'b'], { a: { failsAfter: 3, code: 'ECONNREFUSED' }, b: 5 })
    await vi.advanceTimersByTimeAsync(CONNECT_TIMEOUT_MS)
    expect(seen).toMatchObject({
      started: [
        ['a', 0],
        ['b', 3],
      ],
      connected: ['b', 8],
      failedAddresses: ['a'],
    })
  })
})

describe('when all have failed', () => {
  test.each([
    ['the last error', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETUNREACH'],
    ['a refusal before others', 'ECONNREFUSED', 'ENETUNREACH', 'ECONNREFUSED'],
  ])('%s is told', async (_what, first, second, told) => {
    const { seen } = run(['a', 'b'], {
      a: { failsAfter: 1, code: first },
      b: { failsAfter: 1, code: second },
    })
    await vi.advanceTimersByTimeAsync(10)
    expect([seen.error, seen.connected]).toEqual([told, undefined])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('but one, that one is waited for', async () => {
    const { seen } = run(['a', 'b'], { a: 1_500, b: { failsAfter: 1, code: 'ECONNREFUSED' } })
    await vi.advanceTimersByTimeAsync(1_400)
    expect(seen.error).toBeUndefined()
    await vi.advanceTimersByTimeAsync(100)
    expect(seen.connected).toEqual(['a', 1_500])
  })
})

test('given up it ends all attempts and says nothing more', async () => {
  const { seen, stop } = run(['a', 'b', 'c'], { a: 400, b: 400, c: 400 })
  await vi.advanceTimersByTimeAsync(ATTEMPT_DELAY_MS)
  stop()
  await vi.advanceTimersByTimeAsync(CONNECT_TIMEOUT_MS)
  expect(seen).toMatchObject({
    destroyed: ['a', 'b'],
    connected: undefined,
    error: undefined,
    failedAddresses: [],
  })
  expect(seen.started).toHaveLength(2)
})

test('the delay between two attempts', () => {
  expect([1, 2, 5, 6, 9, 101, 1_000].map(attemptDelay)).toEqual([250, 250, 250, 200, 125, 10, 10])
})
