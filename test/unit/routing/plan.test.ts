import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planDispatches, type Entry } from '../../../src-shared/routing/plan.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import { entriesOf, keysOf, routingConfig } from '../../support/routing.ts'

function planned(of: Config, ...names: string[]): string[] {
  return planDispatches(of, entriesOf(...names)).map(
    (dispatch) =>
      `${dispatch.tiers[0]?.pool.join('+') ?? 'none'}: ${dispatch.entries.map(({ task, type }) => `${task}/${type}`).join(' ')}`,
  )
}

describe('planDispatches', () => {
  test('entries with the same route share a dispatch, in the order of the request', () => {
    const routed = routingConfig({ taskRouting: { clip: 'b' } })
    expect(
      planned(routed, 'ocr/detection', 'clip/visual', 'facial-recognition/detection', 'clip/textual'),
    ).toEqual(['a: ocr/detection facial-recognition/detection', 'b: clip/visual clip/textual'])
  })

  test('clip splits by type', () => {
    const routed = routingConfig({ modelTypeRouting: { textual: 'b', visual: 'c' } })
    expect(planned(routed, 'clip/visual', 'clip/textual')).toEqual(['c: clip/visual', 'b: clip/textual'])
  })

  test('recognition stays with detection although only one of them has a route', () => {
    const routed = routingConfig({ modelTypeRouting: { recognition: 'b' } })
    expect(planned(routed, 'facial-recognition/detection', 'facial-recognition/recognition')).toEqual([
      'b: facial-recognition/detection facial-recognition/recognition',
    ])
  })

  test('the route of a joined type goes before the route of its task', () => {
    const routed = routingConfig({
      taskRouting: { 'facial-recognition': 'c' },
      modelTypeRouting: { recognition: 'b' },
    })
    expect(planned(routed, 'facial-recognition/detection', 'facial-recognition/recognition')).toEqual([
      'b: facial-recognition/detection facial-recognition/recognition',
    ])
  })

  test('of two type routes within a joined task the first type’s decides, for all its types', () => {
    const routed = routingConfig({ modelTypeRouting: { recognition: 'b', detection: 'c' } })
    expect(planned(routed, 'ocr/detection', 'ocr/recognition', 'ocr/extra')).toEqual([
      'c: ocr/detection ocr/recognition ocr/extra',
    ])
    expect(planned(routed, 'ocr/recognition', 'ocr/detection')).toEqual(['b: ocr/recognition ocr/detection'])
  })

  test('two joined tasks are planned each on its own', () => {
    const routed = routingConfig({ taskRouting: { ocr: 'b' } })
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
    expect(planned(routingConfig({ defaultBackend: '' }), 'clip/visual')).toEqual(['none: clip/visual'])
  })
})

describe('for any configuration and entries', () => {
  const names = fc.constantFrom('a', 'b', 'c')
  const pools = fc.oneof(names, fc.uniqueArray(names, { minLength: 1 }), fc.constant(''))
  const routeKeys = fc.constantFrom(
    'clip',
    'ocr',
    'facial_recognition',
    'visual',
    'textual',
    'detection',
    'recognition',
  )
  const policies = fc.dictionary(routeKeys, fc.constantFrom('strict', 'fallback'))
  const configs = fc
    .record({
      defaultBackend: pools,
      taskRouting: fc.dictionary(routeKeys, pools),
      modelTypeRouting: fc.dictionary(routeKeys, pools),
      taskRoutingPolicy: policies,
      modelTypeRoutingPolicy: policies,
    })
    .map((more) => routingConfig(more))
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
        const routes = dispatches.map((dispatch) => keysOf(dispatch.tiers).join('>'))
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
