import { beforeEach, describe, expect, test } from 'vitest'
import { AddressMemory } from '../../../src-main/backends/address-memory.ts'
import { ADDRESS_RETRY_MS } from '../../../src-main/backends/limits.ts'
import type { Address } from '../../../src-main/backends/lookups.ts'

const four = (address: string): Address => ({ address, family: 4 })
const six = (address: string): Address => ({ address, family: 6 })
const [A, B, C] = [four('192.0.2.1'), four('192.0.2.2'), four('192.0.2.3')]

let memory: AddressMemory
/** The addresses in the order of a connection. */
const order = (addresses: Address[], now = 0): string[] =>
  memory.order(addresses, now).map(({ address }) => address)
/** The first address of each of so many connections, all of which connect. */
const firsts = (count: number, addresses: Address[], now = 0): (string | undefined)[] =>
  Array.from({ length: count }, () => order(addresses, now)[0])

beforeEach(() => {
  memory = new AddressMemory()
})

describe('a name with several good addresses', () => {
  test('spreads over them', () => {
    const counts = new Map<string | undefined, number>()
    for (const first of firsts(60, [A, B, C])) counts.set(first, (counts.get(first) ?? 0) + 1)
    expect([...counts.values()]).toEqual([20, 20, 20])
  })

  test('tries all the others behind the first', () => {
    expect(order([A, B, C])).toEqual([A, B, C].map(({ address }) => address))
    expect(order([A, B, C])).toEqual([B, C, A].map(({ address }) => address))
  })

  test('takes IPv6 and IPv4 in turn', () => {
    const addresses = [six('fd00::1'), six('fd00::2'), six('fd00::3'), A]
    expect(order(addresses)).toEqual(['fd00::1', A.address, 'fd00::2', 'fd00::3'])
    memory = new AddressMemory()
    expect(order([A, B, six('fd00::1'), six('fd00::2')])).toEqual([
      A.address,
      'fd00::1',
      B.address,
      'fd00::2',
    ])
    memory = new AddressMemory()
    expect(order([A, six('fd00::1'), six('fd00::2')])).toEqual([A.address, 'fd00::1', 'fd00::2'])
  })
})

describe('an address that failed', () => {
  test('is tried last, until it is asked again after five minutes', () => {
    memory.failed(A, 1_000)
    expect(firsts(4, [A, B, C], 2_000)).toEqual([B, C, B, C].map(({ address }) => address))
    expect(order([A, B, C], 2_000).at(-1)).toBe(A.address)
    expect(firsts(3, [A, B, C], 1_000 + ADDRESS_RETRY_MS)).toContain(A.address)
  })

  test('and connects again is good', () => {
    memory.failed(A, 1_000)
    memory.connected(A)
    expect(firsts(3, [A, B, C], 2_000)).toContain(A.address)
  })

  test('like all others comes before them where it was the last that connected', () => {
    memory.connected(B)
    for (const address of [A, B, C]) memory.failed(address, 1_000)
    expect(order([A, B, C], 2_000)).toEqual([B, A, C].map(({ address }) => address))
  })

  test('is forgotten where the name does not have it any more', () => {
    memory.failed(A, 1_000)
    order([B, C], 2_000)
    expect(firsts(3, [A, B, C], 3_000)).toContain(A.address)
  })
})

test('one address alone is what there is', () => {
  memory.failed(A, 1_000)
  expect(order([A], 2_000)).toEqual([A.address])
})
