import { describe, expect, test } from 'vitest'
import type { BackendHealth, HealthStatus } from '../../../src-shared/api.ts'
import { missing, overallHealth, overallText } from '../../../src-shared/routing/overall.ts'
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

  test('idle, healthy, degraded, down', () => {
    const routed = routingConfig({ taskRouting: { clip: 'b' } })
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
    const routed = routingConfig({ taskRouting: { clip: 'b' }, modelTypeRouting: { detection: 'b' } })
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
