import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HealthStatus } from '../../../src-shared/api.ts'
import {
  choose,
  untriedCount,
  type CandidateStatus,
  type Choice,
} from '../../../src-shared/routing/choose.ts'
import type { Tier } from '../../../src-shared/routing/tiers.ts'

describe('choose', () => {
  const tier = (key: string, ...pool: string[]): Tier => ({ key, pool, policy: 'strict' })

  function chosen(
    tiers: Tier[],
    status: Record<string, CandidateStatus>,
    options: { tried?: string[]; full?: string[]; position?: number } = {},
  ): Choice {
    return choose({
      tiers,
      tried: new Set(options.tried),
      candidate: (name) => {
        const of = status[name]
        return of === undefined
          ? undefined
          : { status: of, hasFreeSlot: options.full?.includes(name) !== true }
      },
      position: () => options.position ?? 0,
    })
  }
  const nameOf = (choice: Choice): string => (choice.kind === 'backend' ? choice.name : choice.kind)

  test('round robin goes over the healthy ones', () => {
    const pool = [tier('p', 'a', 'b', 'c')]
    const status = { a: 'healthy', b: 'unhealthy', c: 'healthy' } as const
    const order: string[] = []
    let position = 0
    for (let turn = 0; turn < 4; turn++) {
      const choice = chosen(pool, status, { position })
      order.push(nameOf(choice))
      if (choice.kind === 'backend') position = choice.position
    }
    expect(order).toEqual(['a', 'c', 'a', 'c'])
  })

  test('one whose pings are late comes after one that answers them, and before an unhealthy one', () => {
    const pool = [tier('p', 'a', 'b')]
    expect(nameOf(chosen(pool, { a: 'late', b: 'healthy' }))).toBe('b')
    expect(nameOf(chosen(pool, { a: 'late', b: 'unknown' }))).toBe('b')
    expect(nameOf(chosen(pool, { a: 'unhealthy', b: 'late' }))).toBe('b')
    expect(nameOf(chosen(pool, { a: 'late', b: 'healthy' }, { full: ['b'] }))).toBe('a')
  })

  test('with none healthy, over all of them; an unchecked one first', () => {
    expect(nameOf(chosen([tier('p', 'a', 'b')], { a: 'unhealthy', b: 'unhealthy' }, { position: 1 }))).toBe(
      'b',
    )
    expect(nameOf(chosen([tier('p', 'a', 'b')], { a: 'unhealthy', b: 'unknown' }))).toBe('b')
  })

  test('a healthy backend of a lower tier comes before an unhealthy one of the pool', () => {
    const tiers = [tier('p', 'a'), tier('default', 'b')]
    expect(nameOf(chosen(tiers, { a: 'unhealthy', b: 'healthy' }))).toBe('b')
    expect(nameOf(chosen(tiers, { a: 'unhealthy', b: 'healthy' }, { tried: ['b'] }))).toBe('a')
    expect(nameOf(chosen(tiers, { a: 'unhealthy', b: 'healthy' }, { tried: ['a', 'b'] }))).toBe('none')
  })

  test('a full backend is passed over for one of its pool; when all are full one waits for them', () => {
    const pool = [tier('p', 'a', 'b')]
    const status = { a: 'healthy', b: 'healthy' } as const
    expect(nameOf(chosen(pool, status, { full: ['a'] }))).toBe('b')
    for (const position of [0, 1]) {
      const choice = chosen(pool, status, { full: ['a', 'b'], position })
      expect(choice).toEqual({ kind: 'wait', names: ['a', 'b'] })
    }
  })

  test('a free backend of a lower tier comes before waiting; when all are full one waits for any of them', () => {
    const tiers = [tier('p', 'a'), tier('q', 'b'), tier('default', 'c')]
    const status = { a: 'healthy', b: 'unknown', c: 'healthy' } as const
    expect(nameOf(chosen(tiers, status, { full: ['a'] }))).toBe('b')
    expect(nameOf(chosen(tiers, status, { full: ['a', 'b'] }))).toBe('c')
    expect(chosen(tiers, status, { full: ['a', 'b', 'c'] })).toEqual({
      kind: 'wait',
      names: ['a', 'b', 'c'],
    })
    expect(chosen(tiers, status, { full: ['a', 'b', 'c'], tried: ['b'] })).toEqual({
      kind: 'wait',
      names: ['a', 'c'],
    })
  })

  test('waiting for a healthy one is better than trying one that is known to be down', () => {
    const tiers = [tier('p', 'a', 'b'), tier('default', 'c')]
    const status = { a: 'healthy', b: 'unhealthy', c: 'unhealthy' } as const
    expect(chosen(tiers, status, { full: ['a'] })).toEqual({ kind: 'wait', names: ['a'] })
    expect(nameOf(chosen(tiers, status, { tried: ['a'], full: ['b'] }))).toBe('c')
    expect(chosen(tiers, status, { tried: ['a'], full: ['b', 'c'] })).toEqual({
      kind: 'wait',
      names: ['b', 'c'],
    })
  })

  test('for any tiers, health and slots: the first of the best with a free slot, else a wait for all of those', () => {
    const known: fc.Arbitrary<Record<string, { status: HealthStatus; hasFreeSlot: boolean }>> = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.record({
        status: fc.constantFrom<HealthStatus>('healthy', 'unknown', 'unhealthy'),
        hasFreeSlot: fc.boolean(),
      }),
    )
    const pools = fc.array(fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'gone')), {
      maxLength: 3,
    })
    fc.assert(
      fc.property(
        pools,
        known,
        fc.uniqueArray(fc.constantFrom<string>('a', 'b')),
        fc.nat(5),
        (of, state, tried, at) => {
          const choice = choose({
            tiers: of.map((pool, index) => tier(String(index), ...pool)),
            tried: new Set<string>(tried),
            candidate: (name) => (Object.hasOwn(state, name) ? state[name] : undefined),
            position: () => at,
          })
          const left = [...new Set(of.flat())].filter(
            (name) => !tried.includes(name) && Object.hasOwn(state, name),
          )
          const usable = left.filter((name) => state[name]?.status !== 'unhealthy')
          const best = usable.length > 0 ? usable : left
          const free = best.filter((name) => state[name]?.hasFreeSlot === true)
          if (choice.kind === 'backend') {
            expect(free).toContain(choice.name)
            const tierOf = (name: string) => of.findIndex((pool) => pool.includes(name))
            const first = Math.min(...free.map(tierOf))
            const pool = of[first] ?? []
            expect(pool).toContain(choice.name)
            const ofStatus = (status?: HealthStatus) =>
              pool.filter((name) => free.includes(name) && state[name]?.status === status)
            const healthy = ofStatus('healthy')
            const peers = healthy.length > 0 ? healthy : ofStatus(state[choice.name]?.status)
            const inTurn = pool.map((_, step) => pool[(at + step) % pool.length] ?? '')
            expect(choice.name).toBe(inTurn.find((name) => peers.includes(name)))
            expect(choice.position).toBe((pool.indexOf(choice.name) + 1) % pool.length)
          } else {
            expect(free).toEqual([])
            expect(choice).toEqual(
              best.length === 0 ? { kind: 'none' } : { kind: 'wait', names: expect.any(Array) as string[] },
            )
            if (choice.kind === 'wait') expect(new Set(choice.names)).toEqual(new Set(best))
          }
        },
      ),
    )
  })

  test('a name that is no backend is never chosen', () => {
    expect(nameOf(chosen([tier('p', 'gone')], {}))).toBe('none')
    expect(untriedCount([tier('p', 'gone', 'a')], new Set(), (name) => name === 'a')).toBe(1)
  })
})
