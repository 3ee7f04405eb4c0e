import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  expectedFinish,
  fastest,
  type Racer,
  type Rhythm,
  type Speed,
} from '../../../src-shared/routing/by-speed.ts'
import { SHARES, type Share } from '../../../src-shared/config/pool-schema.ts'
import {
  chooseBackend,
  type CandidateStatus,
  type Member,
  type Placement,
} from '../../../src-shared/routing/share.ts'
import { untriedCount } from '../../../src-shared/routing/tiers.ts'

const NO_PAUSE: Rhythm = { pauseMs: 1, pausing: 0 }

function member(more: Partial<Member> = {}): Member {
  return { status: 'healthy', inFlight: 0, limit: 2, isLimitSet: false, isReturning: false, ...more }
}

/** An idle machine, known and warm. */
function speed(more: Partial<Speed> = {}): Speed {
  const steadyMs = more.steadyMs ?? 30
  return {
    serviceMs: steadyMs,
    steadyMs,
    ownSlots: 1,
    ahead: 0,
    imagesAhead: 0,
    firstDoneMs: 0,
    queuedMs: 0,
    busyMs: 0,
    isTried: true,
    passedOverMs: 0,
    ...more,
  }
}

interface Given {
  share?: Share
  pool?: readonly string[]
  members: Readonly<Record<string, Member>>
  speeds?: Readonly<Record<string, Speed>>
  next?: { pool: readonly string[]; share: Share }
  isText?: boolean
  tried?: readonly string[]
  position?: number
}

function placed(given: Given): Placement {
  const { members, speeds = {}, share = 'round-robin', pool = Object.keys(members), next } = given
  return chooseBackend({
    tiers: [{ key: 'task:clip', pool, share }, ...(next === undefined ? [] : [{ key: 'default', ...next }])],
    tried: new Set(given.tried),
    isText: given.isText ?? false,
    member: (name) => members[name],
    speed: (name) => speeds[name] ?? speed(),
    rhythm: () => NO_PAUSE,
    position: () => given.position ?? 0,
  })
}

const nameOf = (placement: Placement): string =>
  placement.kind === 'backend' ? placement.name : placement.kind

const full = member({ inFlight: 2 })
const down = member({ status: 'unhealthy' })
const unknown = member({ status: 'unknown' })
const late = member({ status: 'late' })

describe('round-robin', () => {
  test('goes on behind the one that had the last request', () => {
    const members = { a: member(), b: member(), c: member() }
    expect(placed({ members, position: 1 })).toMatchObject({ name: 'b', position: 2 })
    expect(placed({ members, position: 2 })).toMatchObject({ name: 'c', position: 0 })
  })

  test('passes over one that is full, that was tried or that is down', () => {
    expect(nameOf(placed({ members: { a: full, b: member() } }))).toBe('b')
    expect(nameOf(placed({ members: { a: member(), b: member() }, tried: ['a'] }))).toBe('b')
    expect(nameOf(placed({ members: { a: down, b: member() } }))).toBe('b')
  })

  test('takes one that was not checked yet while the healthy ones are full', () => {
    expect(nameOf(placed({ members: { a: full, b: unknown } }))).toBe('b')
  })

  test('waits for all that are full', () => {
    expect(placed({ members: { a: full, b: full } })).toMatchObject({ kind: 'wait', names: ['a', 'b'] })
  })

  test('takes one whose pings are late after those that answer them, and before an unhealthy one', () => {
    expect(nameOf(placed({ members: { a: late, b: member() } }))).toBe('b')
    expect(nameOf(placed({ members: { a: late, b: unknown } }))).toBe('b')
    expect(nameOf(placed({ members: { a: down, b: late } }))).toBe('b')
    expect(nameOf(placed({ members: { a: late, b: full } }))).toBe('a')
  })

  test('never takes a name that is no backend', () => {
    expect(placed({ pool: ['gone'], members: {} })).toEqual({ kind: 'none' })
    expect(placed({ pool: ['gone', 'other'], members: {} })).toEqual({ kind: 'none' })
    const tiers = [{ key: 'p', pool: ['gone', 'a', 'b'], share: 'round-robin' as const }]
    expect(untriedCount(tiers, new Set(['b']), (name) => name !== 'gone')).toBe(1)
  })
})

describe('in-order', () => {
  const order = (members: Given['members']): Placement => placed({ share: 'in-order', members })

  test('is the first one that is healthy', () => {
    expect(nameOf(order({ a: member(), b: member() }))).toBe('a')
    expect(nameOf(order({ a: down, b: member(), c: member() }))).toBe('b')
    expect(nameOf(order({ a: unknown, b: member() }))).toBe('b')
  })

  test('waits for one that is only full', () => {
    expect(order({ a: full, b: member() })).toMatchObject({ kind: 'wait', forName: 'a' })
  })

  test('gives one that came back its first request, and the rest to the next until it has answered', () => {
    const returning = member({ limit: 1, isReturning: true })
    expect(nameOf(order({ a: returning, b: member() }))).toBe('a')
    expect(nameOf(order({ a: { ...returning, inFlight: 1 }, b: member() }))).toBe('b')
  })
})

describe('the next tier', () => {
  const next = { pool: ['c'], share: 'round-robin' } as const

  test.each(SHARES)('never gets work because learned slots are full (%s)', (share) => {
    const members = { a: full, b: full, c: member() }
    expect(nameOf(placed({ share, pool: ['a', 'b'], members, next }))).toBe('wait')
  })

  test.each(SHARES)('gets it when numbers of the user are full (%s)', (share) => {
    const set = member({ inFlight: 2, isLimitSet: true })
    expect(nameOf(placed({ share, pool: ['a', 'b'], members: { a: set, b: set, c: member() }, next }))).toBe(
      'c',
    )
  })

  test.each(SHARES)('gets it when the pool is down (%s)', (share) => {
    expect(
      nameOf(placed({ share, pool: ['a', 'b'], members: { a: down, b: down, c: member() }, next })),
    ).toBe('c')
  })

  test('waits while in-order waits for its first, whatever else is full', () => {
    const members = { a: full, b: member({ inFlight: 2, isLimitSet: true }), c: member() }
    expect(nameOf(placed({ share: 'in-order', pool: ['a', 'b'], members, next }))).toBe('wait')
  })
})

describe('a pool', () => {
  test.each(SHARES)('is never left out as a whole: its unhealthy ones are the last resort (%s)', (share) => {
    expect(nameOf(placed({ share, members: { a: down, b: down } }))).toBe('a')
    expect(nameOf(placed({ share, members: { a: down, b: down }, tried: ['a'] }))).toBe('b')
    expect(nameOf(placed({ share, members: { a: down } }))).toBe('a')
  })

  test.each(SHARES)(
    'spares one while a tier has another that lives, and takes it before one that is down (%s)',
    (share) => {
      const spared = member({ status: 'spared' })
      const next = { pool: ['c'], share }
      expect(nameOf(placed({ share, members: { a: spared, b: late } }))).toBe('b')
      expect(nameOf(placed({ share, pool: ['a'], members: { a: spared, c: member() }, next }))).toBe('c')
      expect(nameOf(placed({ share, members: { a: down, b: spared } }))).toBe('b')
      expect(nameOf(placed({ share, pool: ['a'], members: { a: down, c: spared }, next }))).toBe('c')
    },
  )

  test.each(SHARES)('takes one that fails while its pings are good before one that is down (%s)', (share) => {
    const failing = member({ status: 'failing' })
    const spared = member({ status: 'spared' })
    const next = { pool: ['c'], share }
    expect(nameOf(placed({ share, members: { a: down, b: failing } }))).toBe('b')
    expect(nameOf(placed({ share, pool: ['a'], members: { a: down, c: failing }, next }))).toBe('c')
    expect(nameOf(placed({ share, members: { a: failing, b: spared } }))).toBe('b')
    expect(nameOf(placed({ share, members: { a: failing, b: late } }))).toBe('b')
  })

  test.each(SHARES)('of none that is left ends the search (%s)', (share) => {
    expect(nameOf(placed({ share, members: { a: member(), b: member() }, tried: ['a', 'b'] }))).toBe('none')
    expect(nameOf(placed({ share, members: { a: member() }, tried: ['a'] }))).toBe('none')
    expect(nameOf(placed({ share, pool: ['gone'], members: {} }))).toBe('none')
  })
})

/** A racer that may take one more than its own slots. */
function racer(more: Partial<Speed> & { hasFreeSlot?: boolean } = {}): Racer {
  const { hasFreeSlot, ...rest } = more
  const of = speed(rest)
  const inFlight = of.ahead
  return { inFlight, hasFreeSlot: hasFreeSlot ?? inFlight <= of.ownSlots, speed: of }
}

/** The same with images on all of its own slots. */
const busy = (
  steadyMs: number,
  busyMs: number,
  more: Partial<Speed> & { hasFreeSlot?: boolean } = {},
): Racer => racer({ steadyMs, ahead: 1, imagesAhead: 1, firstDoneMs: steadyMs / 2, busyMs, ...more })

describe('expectedFinish', () => {
  test('is the service time while a slot is idle', () => {
    expect(expectedFinish(speed({ ownSlots: 2, ahead: 1, steadyMs: 400 }))).toBe(400)
  })

  test('adds what lies before it, over the slots', () => {
    const there = { ownSlots: 2, ahead: 4, firstDoneMs: 100, queuedMs: 800, steadyMs: 400 }
    expect(expectedFinish(speed(there))).toBe(100 + 400 + 400)
  })

  test('counts the loading of models', () => {
    expect(expectedFinish(speed({ serviceMs: 5_000, steadyMs: 30 }))).toBe(5_000)
  })
})

describe('by-speed', () => {
  const idleNas = racer({ steadyMs: 400, ownSlots: 2 })

  test('takes the fastest one that is idle', () => {
    expect(fastest([idleNas, racer({ steadyMs: 30 })], false, NO_PAUSE)).toHaveProperty('speed.steadyMs', 30)
  })

  test('sends a text where it is answered first, and lets it wait there rather than go to a slow one', () => {
    const gpu = busy(30, 60_000, { hasFreeSlot: false })
    expect(fastest([gpu, idleNas], true, NO_PAUSE)).toBe(gpu)
    const loaded = busy(30, 60_000, { queuedMs: 600, ahead: 20 })
    expect(fastest([loaded, idleNas], true, NO_PAUSE)).toBe(idleNas)
  })

  test('gives an image to the slow one that has it done before the fast one would', () => {
    const gpu = busy(30, 0, { ahead: 16, queuedMs: 450, hasFreeSlot: false })
    expect(fastest([gpu, idleNas], false, NO_PAUSE)).toBe(idleNas)
  })

  test('keeps a handful of photos from the slow one', () => {
    const gpu = busy(30, 399)
    expect(fastest([gpu, idleNas], false, NO_PAUSE)).toBe(gpu)
  })

  test('lets the slow one help once the fast one was busy for as long as the slow one takes', () => {
    expect(fastest([busy(30, 400), idleNas], false, NO_PAUSE)).toBe(idleNas)
    expect(fastest([busy(30, 400, { hasFreeSlot: false }), idleNas], false, NO_PAUSE)).toBe(idleNas)
  })

  test('does not where the fast one would idle meanwhile: its clients pause for longer', () => {
    const gpu = busy(30, 60_000)
    expect(fastest([gpu, idleNas], false, { pauseMs: 10, pausing: 0 })).toBe(gpu)
    expect(fastest([gpu, idleNas], false, { pauseMs: 10, pausing: 3 })).toBe(idleNas)
  })

  test('does not where a text alone is what the fast one works on', () => {
    const gpu = busy(30, 60_000, { imagesAhead: 0 })
    expect(fastest([gpu, idleNas], false, NO_PAUSE)).toBe(gpu)
  })

  test('of two that are about as fast takes the one with less before it', () => {
    const one = racer({ steadyMs: 58, ownSlots: 3, ahead: 1, imagesAhead: 1 })
    const two = racer({ steadyMs: 62, ownSlots: 3 })
    expect(fastest([one, two], false, NO_PAUSE)).toBe(two)
    expect(fastest([one, racer({ steadyMs: 90, ownSlots: 3 })], false, NO_PAUSE)).toBe(one)
  })

  test('does not give the slow one more than it works on at a time', () => {
    const gpu = busy(30, 60_000, { hasFreeSlot: false })
    const nas = racer({ steadyMs: 400, ownSlots: 2, ahead: 2, imagesAhead: 2, firstDoneMs: 100 })
    expect(fastest([gpu, nas], false, NO_PAUSE)).toBe(gpu)
  })

  test('lets one whose models are gone help once the others were busy for as long as the loading takes', () => {
    const cold = racer({ steadyMs: 100, serviceMs: 5_000 })
    expect(fastest([busy(30, 4_999), cold], false, NO_PAUSE)?.speed.steadyMs).toBe(30)
    expect(fastest([busy(30, 5_000), cold], false, NO_PAUSE)?.speed.steadyMs).toBe(100)
  })

  test('tries one that never had an image, and keeps texts from it until they cost as much', () => {
    const fast = racer({ steadyMs: 30 })
    const untried = racer({ steadyMs: 5_000, isTried: false, passedOverMs: 4_970 })
    expect(fastest([fast, untried], false, NO_PAUSE)).toBe(untried)
    expect(fastest([fast, untried], true, NO_PAUSE)).toBe(fast)
    const owed = racer({ steadyMs: 5_000, isTried: false, passedOverMs: 4_971 })
    expect(fastest([fast, owed], true, NO_PAUSE)).toBe(owed)
  })

  test('loads the models of a faster one once that costs no more than what the slower one did meanwhile', () => {
    const slow = racer({ steadyMs: 400 })
    const cold = (passedOverMs: number): Racer => racer({ steadyMs: 30, serviceMs: 5_000, passedOverMs })
    expect(fastest([slow, cold(4_600)], false, NO_PAUSE)).toBe(slow)
    expect(fastest([slow, cold(4_601)], false, NO_PAUSE)?.speed.steadyMs).toBe(30)
  })

  test('measures one anew that got nothing for long', () => {
    const fast = racer({ steadyMs: 30 })
    const slow = (passedOverMs: number): Racer => racer({ steadyMs: 90, passedOverMs })
    expect(fastest([fast, slow(30_000)], false, NO_PAUSE)).toBe(fast)
    expect(fastest([fast, slow(30_001)], false, NO_PAUSE)?.speed.steadyMs).toBe(90)
  })

  test('asks for no speed where one backend alone can be tried', () => {
    const input = {
      tiers: [{ key: 'default', pool: ['a', 'b'], share: 'by-speed' as const }],
      tried: new Set<string>(),
      isText: false,
      member: (name: string) => ({ a: member(), b: down })[name],
      speed: () => expect.fail('asked'),
      rhythm: () => NO_PAUSE,
      position: () => 0,
    }
    expect(chooseBackend(input)).toMatchObject({ name: 'a' })
  })
})

const statuses = fc.constantFrom<CandidateStatus>(
  'healthy',
  'unknown',
  'late',
  'spared',
  'failing',
  'unhealthy',
)
const anyMember = fc.record({
  status: statuses,
  inFlight: fc.nat(4),
  limit: fc.integer({ min: 1, max: 4 }),
  isLimitSet: fc.boolean(),
  isReturning: fc.boolean(),
})
const anySpeed = fc
  .record({
    steadyMs: fc.integer({ min: 1, max: 5_000 }),
    loadMs: fc.constantFrom(0, 5_000),
    ownSlots: fc.integer({ min: 1, max: 4 }),
    ahead: fc.nat(40),
    busyMs: fc.nat(100_000),
    isTried: fc.boolean(),
    passedOverMs: fc.nat(1_000_000),
  })
  .map(({ loadMs, ...rest }) =>
    speed({
      ...rest,
      serviceMs: rest.steadyMs + loadMs,
      imagesAhead: rest.ahead,
      firstDoneMs: rest.steadyMs / 2,
      queuedMs: Math.max(0, rest.ahead - rest.ownSlots) * rest.steadyMs,
    }),
  )
const anyPool = fc.array(fc.record({ member: anyMember, speed: anySpeed }), { minLength: 1, maxLength: 6 })

/** All that could be asked of a pool of random members. */
function given(pool: readonly { member: Member; speed: Speed }[], more: Partial<Given>): Given {
  const named = pool.map((each, index) => [`m${index}`, each] as const)
  return {
    members: Object.fromEntries(named.map(([name, each]) => [name, each.member])),
    speeds: Object.fromEntries(named.map(([name, each]) => [name, each.speed])),
    ...more,
  }
}

test('by-speed prefers no emptier one that is full to one with a free slot that is done before', () => {
  const of: Given = {
    share: 'by-speed',
    members: { full: member({ limit: 0 }), free: member({ limit: 50, inFlight: 39 }) },
    speeds: {
      full: speed({ serviceMs: 5_001, steadyMs: 1 }),
      free: speed({
        steadyMs: 297,
        ownSlots: 3,
        ahead: 39,
        imagesAhead: 39,
        firstDoneMs: 148,
        queuedMs: 10_692,
      }),
    },
  }
  expect(nameOf(placed(of))).toBe('free')
})

describe('for any pool', () => {
  const asks = fc.record({ share: fc.constantFrom(...SHARES), isText: fc.boolean(), position: fc.nat(5) })

  test('what is chosen has a free slot, and is healthy where anybody is', () => {
    fc.assert(
      fc.property(anyPool, asks, (pool, ask) => {
        const of = given(pool, ask)
        const placement = placed(of)
        expect(placement.kind).not.toBe('none')
        if (placement.kind !== 'backend') return
        const chosen = of.members[placement.name]
        expect(chosen?.inFlight).toBeLessThan(chosen?.limit ?? 0)
        const live = pool.some(({ member: { status } }) => status !== 'unhealthy')
        if (live) expect(chosen?.status).not.toBe('unhealthy')
        const isAnyOf = (...statuses: CandidateStatus[]) =>
          pool.some(({ member: { status } }) => statuses.includes(status))
        if (isAnyOf('healthy', 'unknown', 'late', 'spared')) expect(chosen?.status).not.toBe('failing')
        if (isAnyOf('healthy', 'unknown', 'late')) expect(chosen?.status).not.toBe('spared')
      }),
    )
  })

  test('round-robin waits only where all that live are full', () => {
    fc.assert(
      fc.property(anyPool, fc.nat(5), (pool, position) => {
        const of = given(pool, { share: 'round-robin', position })
        const withStatus = (statuses: readonly CandidateStatus[]) =>
          pool.filter(({ member: { status } }) => statuses.includes(status))
        const groups = [
          withStatus(['healthy', 'unknown', 'late']),
          withStatus(['spared']),
          withStatus(['failing']),
          pool,
        ]
        const among = groups.find((group) => group.length > 0) ?? pool
        const hasRoom = among.some(({ member: { inFlight, limit } }) => inFlight < limit)
        expect(placed(of).kind).toBe(hasRoom ? 'backend' : 'wait')
      }),
    )
  })

  test('by-speed lets a request wait only for one that has it done before any free one', () => {
    fc.assert(
      fc.property(anyPool, fc.boolean(), (pool, isText) => {
        const of = given(pool, { share: 'by-speed', isText })
        const placement = placed(of)
        if (placement.kind !== 'wait' || placement.forName === undefined) return
        const finish = expectedFinish(of.speeds?.[placement.forName] ?? speed())
        const status = of.members[placement.forName]?.status
        for (const [name, each] of Object.entries(of.members)) {
          if (each.status !== status || each.inFlight >= each.limit) continue
          expect(expectedFinish(of.speeds?.[name] ?? speed())).toBeGreaterThanOrEqual(finish)
        }
      }),
    )
  })
})
