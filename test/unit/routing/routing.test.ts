import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BackendHealth, HealthStatus } from '../../../src-shared/api.ts'
import {
  choose,
  untriedCount,
  type CandidateStatus,
  type Choice,
} from '../../../src-shared/routing/choose.ts'
import { tiersFor, type Tier } from '../../../src-shared/routing/tiers.ts'
import { missing, overallHealth, overallText } from '../../../src-shared/routing/overall.ts'
import { planDispatches, type Entry } from '../../../src-shared/routing/plan.ts'
import { configSchema, judge, type Config } from '../../../src-shared/config/schema.ts'

function config(more: Record<string, unknown> = {}): Config {
  const backends = ['a', 'b', 'c'].map((name) => ({ name, url: `http://${name}:3003` }))
  const judged = judge(configSchema, { defaultBackend: 'a', backends, ...more })
  if (!judged.ok) throw new Error(JSON.stringify(judged.problems))
  return judged.value
}

const keys = (tiers: readonly Tier[]): string[] => tiers.map((tier) => tier.key)

function entries(...names: string[]): Entry[] {
  return names.map((name) => {
    const [task = '', type = ''] = name.split('/')
    return { task, type, json: '{}' }
  })
}

function planned(of: Config, ...names: string[]): string[] {
  return planDispatches(of, entries(...names)).map(
    (dispatch) =>
      `${dispatch.tiers[0]?.pool.join('+') ?? 'none'}: ${dispatch.entries.map(({ task, type }) => `${task}/${type}`).join(' ')}`,
  )
}

describe('tiersFor', () => {
  const all = config({
    modelTypeRouting: { textual: 'b' },
    taskRouting: { visual: 'c', clip: ['b', 'c'] },
  })

  test.each([
    ['textual', ['type:textual']],
    ['visual', ['task:visual']],
    ['other', ['task:clip']],
  ])('the first hit for clip/%s decides', (type, expected) => {
    expect(keys(tiersFor(all, 'clip', type))).toEqual(expected)
  })

  test('what no route names goes to the default backend', () => {
    expect(tiersFor(all, 'ocr', 'detection')).toEqual([{ key: 'default', pool: ['a'], policy: 'strict' }])
  })

  test('fallback goes on type route, task route, default; strict ends the chain', () => {
    const chained = config({
      modelTypeRouting: { textual: 'b' },
      modelTypeRoutingPolicy: { textual: 'fallback' },
      taskRouting: { clip: 'c' },
    })
    expect(keys(tiersFor(chained, 'clip', 'textual'))).toEqual(['type:textual', 'task:clip'])
    const open = config({ ...chained, taskRoutingPolicy: { clip: 'fallback' } })
    expect(keys(tiersFor(open, 'clip', 'textual'))).toEqual(['type:textual', 'task:clip', 'default'])
  })

  test('names match with - and _ on either side', () => {
    const written = config({
      taskRouting: { facial_recognition: 'b' },
      taskRoutingPolicy: { 'facial-recognition': 'fallback' },
    })
    expect(keys(tiersFor(written, 'facial-recognition', 'detection'))).toEqual([
      'task:facial-recognition',
      'default',
    ])
  })

  test('a task named __proto__ or constructor meets no route', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(keys(tiersFor(all, name, name))).toEqual(['default'])
    }
  })

  test('an empty name, as the original may have written it, is no route', () => {
    expect(keys(tiersFor(config({ taskRouting: { clip: '' } }), 'clip', 'visual'))).toEqual(['default'])
  })
})

describe('planDispatches', () => {
  test('entries with the same route share a dispatch, in the order of the request', () => {
    const routed = config({ taskRouting: { clip: 'b' } })
    expect(
      planned(routed, 'ocr/detection', 'clip/visual', 'facial-recognition/detection', 'clip/textual'),
    ).toEqual(['a: ocr/detection facial-recognition/detection', 'b: clip/visual clip/textual'])
  })

  test('clip splits by type', () => {
    const routed = config({ modelTypeRouting: { textual: 'b', visual: 'c' } })
    expect(planned(routed, 'clip/visual', 'clip/textual')).toEqual(['c: clip/visual', 'b: clip/textual'])
  })

  test('recognition stays with detection although only one of them has a route', () => {
    const routed = config({ modelTypeRouting: { recognition: 'b' } })
    expect(planned(routed, 'facial-recognition/detection', 'facial-recognition/recognition')).toEqual([
      'b: facial-recognition/detection facial-recognition/recognition',
    ])
  })

  test('the route of a joined type goes before the route of its task', () => {
    const routed = config({
      taskRouting: { 'facial-recognition': 'c' },
      modelTypeRouting: { recognition: 'b' },
    })
    expect(planned(routed, 'facial-recognition/detection', 'facial-recognition/recognition')).toEqual([
      'b: facial-recognition/detection facial-recognition/recognition',
    ])
  })

  test('of two type routes within a joined task the first type’s decides, for all its types', () => {
    const routed = config({ modelTypeRouting: { recognition: 'b', detection: 'c' } })
    expect(planned(routed, 'ocr/detection', 'ocr/recognition', 'ocr/extra')).toEqual([
      'c: ocr/detection ocr/recognition ocr/extra',
    ])
    expect(planned(routed, 'ocr/recognition', 'ocr/detection')).toEqual(['b: ocr/recognition ocr/detection'])
  })

  test('two joined tasks are planned each on its own', () => {
    const routed = config({ taskRouting: { ocr: 'b' } })
    expect(
      planned(
        routed,
        'ocr/detection',
        'facial-recognition/detection',
        'ocr/recognition',
        'facial-recognition/recognition',
      ),
    ).toEqual([
      'b: ocr/detection ocr/recognition',
      'a: facial-recognition/detection facial-recognition/recognition',
    ])
  })

  test('without any backend for it an entry is planned with no tier', () => {
    expect(planned(config({ defaultBackend: '' }), 'clip/visual')).toEqual(['none: clip/visual'])
  })
})

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

  test('with none healthy, over all of them; an unchecked one first', () => {
    expect(nameOf(chosen([tier('p', 'a', 'b')], { a: 'unhealthy', b: 'unhealthy' }, { position: 1 }))).toBe(
      'b',
    )
    expect(nameOf(chosen([tier('p', 'a', 'b')], { a: 'unhealthy', b: 'unknown' }))).toBe('b')
  })

  test('one whose pings are late comes after one that answers them, and before an unhealthy one', () => {
    const pool = [tier('p', 'a', 'b')]
    expect(nameOf(chosen(pool, { a: 'late', b: 'healthy' }))).toBe('b')
    expect(nameOf(chosen(pool, { a: 'late', b: 'unknown' }))).toBe('b')
    expect(nameOf(chosen(pool, { a: 'unhealthy', b: 'late' }))).toBe('b')
    expect(nameOf(chosen(pool, { a: 'late', b: 'healthy' }, { full: ['b'] }))).toBe('a')
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

describe('overall health', () => {
  const health = (status: Record<string, HealthStatus>) => {
    return (name: string): BackendHealth | undefined => {
      const of = status[name]
      return of === undefined
        ? undefined
        : { status: of, lastCheck: 1, error: of === 'unhealthy' ? 'refused' : '' }
    }
  }

  test('idle, healthy, degraded, down', () => {
    const routed = config({ taskRouting: { clip: 'b' } })
    const empty = judge(configSchema, {})
    if (!empty.ok) throw new Error('an empty configuration must be valid')
    expect(overallHealth(empty.value, health({}))).toBe('idle')
    expect(overallHealth(routed, health({ a: 'healthy', b: 'healthy', c: 'healthy' }))).toBe('healthy')
    expect(overallHealth(routed, health({ a: 'healthy', b: 'healthy', c: 'unhealthy' }))).toBe('degraded')
    expect(overallHealth(routed, health({ a: 'healthy', b: 'unhealthy', c: 'healthy' }))).toBe('down')
    expect(overallHealth(routed, health({ a: 'unknown', b: 'unknown', c: 'unknown' }))).toBe('healthy')
  })

  test('a strict route needs its own pool, a fallback route a tier below it', () => {
    const down = health({ a: 'healthy', b: 'unhealthy', c: 'unhealthy' })
    expect(missing(config({ taskRouting: { ocr: ['b', 'c'] } }), down)).toEqual([
      'No healthy backend for task "ocr" (b: refused; c: refused)',
    ])
    const fallback = { taskRouting: { ocr: ['b', 'c'] }, taskRoutingPolicy: { ocr: 'fallback' } }
    expect(missing(config(fallback), down)).toEqual([])
    const type = { modelTypeRouting: { textual: 'b' }, modelTypeRoutingPolicy: { textual: 'fallback' } }
    expect(missing(config(type), down)).toEqual([])
    // The task's strict route lies between the type's and the default backend.
    expect(missing(config({ ...type, taskRouting: { clip: 'c' } }), down)).toEqual([
      'No healthy backend for task "clip" (c: refused)',
      'No healthy backend for type "textual" (b: refused; c: refused)',
    ])
  })

  test('names what is missing', () => {
    expect(missing(config({ defaultBackend: '' }), health({}))).toEqual([
      'No default backend is set; choose one on the page /config',
    ])
    expect(missing(config(), health({ a: 'unknown' }))).toEqual([
      'No healthy backend for the default backend (a: not checked yet)',
    ])
  })

  test('in a line of the log names its cause', () => {
    const routed = config({ taskRouting: { clip: 'b' }, modelTypeRouting: { detection: 'b' } })
    expect(overallText(routed, health({ a: 'healthy', b: 'unknown', c: 'healthy' }))).toBe('healthy')
    expect(overallText(routed, health({ a: 'healthy', b: 'healthy', c: 'unhealthy' }))).toBe(
      'degraded (unhealthy: c)',
    )
    expect(overallText(routed, health({ a: 'unknown', b: 'unhealthy', c: 'healthy' }))).toBe(
      'down (no healthy backend for clip, detection)',
    )
    expect(overallText(config({ defaultBackend: '' }), health({}))).toBe('down (no default backend is set)')
    expect(overallText(config(), health({ a: 'unhealthy' }))).toBe('down (no healthy backend for default)')
  })
})

describe('for any configuration and entries', () => {
  const names = fc.constantFrom('a', 'b', 'c')
  const pools = fc.oneof(names, fc.uniqueArray(names, { minLength: 1 }), fc.constant(''))
  const keysOf = fc.constantFrom(
    'clip',
    'ocr',
    'facial_recognition',
    'visual',
    'textual',
    'detection',
    'recognition',
  )
  const policies = fc.dictionary(keysOf, fc.constantFrom('strict', 'fallback'))
  const configs = fc
    .record({
      defaultBackend: pools,
      taskRouting: fc.dictionary(keysOf, pools),
      modelTypeRouting: fc.dictionary(keysOf, pools),
      taskRoutingPolicy: policies,
      modelTypeRoutingPolicy: policies,
    })
    .map((more) => config(more))
  const requests: fc.Arbitrary<Entry[]> = fc.uniqueArray(
    fc.record({
      task: fc.constantFrom('clip', 'ocr', 'facial-recognition', '__proto__', 'new'),
      type: fc.constantFrom('visual', 'textual', 'detection', 'recognition', 'extra'),
      json: fc.constant('{}'),
    }),
    { minLength: 1, selector: ({ task, type }) => `${task}/${type}` },
  )

  test('every entry goes to exactly one dispatch, in order, and no two dispatches share a route', () => {
    fc.assert(
      fc.property(configs, requests, (of, wanted) => {
        const dispatches = planDispatches(of, wanted)
        const planned = dispatches.flatMap((dispatch) => dispatch.entries)
        expect(new Set(planned)).toEqual(new Set(wanted))
        expect(planned).toHaveLength(wanted.length)
        for (const { entries: own } of dispatches) {
          const at = own.map((entry) => wanted.indexOf(entry))
          expect(at).toEqual([...at].sort((x, y) => x - y))
        }
        const routes = dispatches.map((dispatch) => keys(dispatch.tiers).join('>'))
        expect(new Set(routes).size).toBe(routes.length)
      }),
    )
  })

  test('types that depend on each other never part', () => {
    fc.assert(
      fc.property(configs, requests, (of, wanted) => {
        const dispatches = planDispatches(of, wanted)
        const homeOf = (task: string, type: string) =>
          dispatches.findIndex(({ entries: own }) =>
            own.some((entry) => entry.task === task && entry.type === type),
          )
        for (const task of new Set(wanted.map((entry) => entry.task))) {
          const types = wanted.filter((entry) => entry.task === task).map((entry) => entry.type)
          if (!types.includes('detection') || !types.includes('recognition')) continue
          expect(new Set(types.map((type) => homeOf(task, type))).size).toBe(1)
        }
      }),
    )
  })

  test('nothing below a strict tier is ever asked, and every name is a backend', () => {
    fc.assert(
      fc.property(configs, requests, (of, wanted) => {
        for (const { tiers } of planDispatches(of, wanted)) {
          for (const [index, tier] of tiers.entries()) {
            if (index < tiers.length - 1) expect(tier.policy).toBe('fallback')
            for (const name of tier.pool) expect(['a', 'b', 'c']).toContain(name)
          }
        }
      }),
    )
  })
})
