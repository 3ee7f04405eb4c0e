import { describe, expect, test } from 'vitest'
import type { Availability, BackendHealth, HealthStatus } from '../../../src-shared/api.ts'
import {
  missing,
  overallHealth,
  overallText,
  routeProblems,
  type RouteHealth,
} from '../../../src-shared/routing/overall.ts'
import { configSchema, judge } from '../../../src-shared/config/schema.ts'
import { routingConfig } from '../../support/routing.ts'

describe('overall health', () => {
  const health = (status: Record<string, HealthStatus>) => {
    return (name: string): BackendHealth | undefined => {
      const of = status[name]
      return of === undefined
        ? undefined
        : { status: of, lastCheck: 1, error: of === 'unhealthy' ? 'refused' : '' }
    }
  }

  test('a backend that no route names is missed by nobody', () => {
    const routed = routingConfig({ taskRouting: { clip: 'b', ocr: ['a', 'c'] } })
    const config = { ...routed, backends: [...routed.backends, { name: 'spare', url: 'http://spare' }] }
    const all = { a: 'healthy', b: 'healthy', c: 'healthy', spare: 'unhealthy' } as const
    expect(overallHealth(config, health(all))).toBe('healthy')
  })

  test('idle, healthy, degraded, down', () => {
    const routed = routingConfig({ taskRouting: { clip: 'b', ocr: ['a', 'c'] } })
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
    expect(missing(routingConfig({ taskRouting: { ocr: ['b', 'c'] } }), down)).toEqual([
      'No healthy backend for task "ocr" (b: refused; c: refused)',
    ])
    const fallback = { taskRouting: { ocr: ['b', 'c'] }, taskRoutingPolicy: { ocr: 'fallback' } }
    expect(missing(routingConfig(fallback), down)).toEqual([])
    const type = { modelTypeRouting: { textual: 'b' }, modelTypeRoutingPolicy: { textual: 'fallback' } }
    expect(missing(routingConfig(type), down)).toEqual([])
    // The task's strict route lies between the type's and the default backend.
    expect(missing(routingConfig({ ...type, taskRouting: { clip: 'c' } }), down)).toEqual([
      'No healthy backend for task "clip" (c: refused)',
      'No healthy backend for type "textual" (b: refused; c: refused)',
    ])
  })

  test('names what is missing', () => {
    expect(missing(routingConfig({ defaultBackend: '' }), health({}))).toEqual([
      'No default backend is set; choose one on the page /config',
    ])
    expect(missing(routingConfig(), health({ a: 'unknown' }))).toEqual([
      'No healthy backend for the default backend (a: not checked yet)',
    ])
  })

  test('in a line of the log names its cause', () => {
    const routed = routingConfig({
      taskRouting: { clip: 'b', ocr: ['a', 'c'] },
      modelTypeRouting: { detection: 'b' },
    })
    expect(overallText(routed, health({ a: 'healthy', b: 'unknown', c: 'healthy' }))).toBe('healthy')
    expect(overallText(routed, health({ a: 'healthy', b: 'healthy', c: 'unhealthy' }))).toBe(
      'degraded (unhealthy: c)',
    )
    expect(overallText(routed, health({ a: 'unknown', b: 'unhealthy', c: 'healthy' }))).toBe(
      'down (no healthy backend for clip, detection)',
    )
    expect(overallText(routingConfig({ defaultBackend: '' }), health({}))).toBe(
      'down (no default backend is set)',
    )
    expect(overallText(routingConfig(), health({ a: 'unhealthy' }))).toBe(
      'down (no healthy backend for default)',
    )
  })
})

describe('a route that waits or is paused', () => {
  const AWAY: RouteHealth = { status: 'unhealthy', lastCheck: 1, error: 'refused', availability: 'away' }
  const WELL: RouteHealth = { status: 'healthy', lastCheck: 1, error: '', availability: 'serving' }
  const held = (availability: Availability, more: Partial<RouteHealth> = {}): RouteHealth => ({
    ...AWAY,
    error: availability,
    availability,
    ...more,
  })
  const of = (healths: Record<string, RouteHealth>) => (name: string) => healths[name]
  const strict = routingConfig({ taskRouting: { ocr: ['b', 'c'] } })
  const wait = routingConfig({ taskRouting: { ocr: ['b', 'c'] }, taskRoutingPolicy: { ocr: 'wait' } })

  test('the policy wait makes waiting of down, and keeps /ping well', () => {
    const away = of({ a: WELL, b: AWAY, c: AWAY })
    expect(overallHealth(strict, away)).toBe('down')
    expect(overallHealth(wait, away)).toBe('waiting')
    expect(overallText(wait, away)).toBe('waiting (ocr)')
    expect(missing(wait, away)).toEqual([])
    expect(routeProblems(wait, away)).toEqual(['Images for task "ocr" wait (b: refused; c: refused)'])
    const defaults = routingConfig({ defaultPolicy: 'wait' })
    expect(overallHealth(defaults, of({ a: AWAY, b: WELL, c: WELL }))).toBe('waiting')
    expect(missing(defaults, of({ a: AWAY, b: WELL, c: WELL }))).toEqual([])
  })

  test('what wakes or starts is waited for, what is paused is paused; strict keeps /ping at 503', () => {
    for (const [b, expected] of [
      ['waking', 'waiting'],
      ['starting', 'waiting'],
      ['stopped', 'waiting'],
      ['paused', 'paused'],
    ] as const) {
      const health = of({ a: WELL, b: held(b), c: AWAY })
      expect(overallHealth(strict, health)).toBe(expected)
      expect(missing(strict, health)).toHaveLength(1)
    }
    expect(overallHealth(strict, of({ a: WELL, b: held('paused'), c: held('stopped') }))).toBe('waiting')
  })

  test('the worst route decides', () => {
    const both = routingConfig({
      taskRouting: { ocr: 'b', clip: 'c' },
      taskRoutingPolicy: { ocr: 'wait' },
    })
    expect(overallHealth(both, of({ a: WELL, b: AWAY, c: held('paused') }))).toBe('paused')
    expect(overallHealth(both, of({ a: WELL, b: AWAY, c: AWAY }))).toBe('down')
    expect(overallHealth(both, of({ a: WELL, b: WELL, c: WELL }))).toBe('healthy')
  })

  test('a helper that is to be left alone makes it no worse; one that is away does', () => {
    expect(overallHealth(strict, of({ a: WELL, b: WELL, c: held('paused') }))).toBe('healthy')
    expect(overallHealth(strict, of({ a: WELL, b: WELL, c: AWAY }))).toBe('degraded')
  })

  test('a pause that keeps searches serves the route of text queries alone', () => {
    const text = routingConfig({ modelTypeRouting: { textual: 'b', visual: 'b' } })
    const paused = held('paused', { status: 'healthy', keepsSearch: true })
    expect(missing(text, of({ a: WELL, b: paused, c: WELL }))).toEqual([
      expect.stringContaining('type "visual"'),
    ])
  })
})
