import { expect, test } from 'vitest'
import type { HealthStatus } from '../../../src-shared/api.ts'
import { EMPTY_CONFIG } from '../../../src-shared/config/schema.ts'
import { OverallHealth } from '../../../src-main/app/overall-health.ts'
import { streamLogger } from '../../../src-main/platform/log.ts'

test('a change is told once and logged with its cause', () => {
  const config = {
    ...EMPTY_CONFIG,
    backends: [{ name: 'gpu', url: 'http://gpu:3003' }],
    defaultBackend: 'gpu',
  }
  let status: HealthStatus = 'unknown'
  const lines: string[] = []
  const overall = new OverallHealth({
    store: { config },
    availability: { healthOf: () => ({ status, lastCheck: 0, error: '' }) },
    log: streamLogger('warn', { write: (line) => lines.push(line) }),
  })
  const changes: string[] = []
  overall.on('change', (to) => changes.push(to))
  for (const next of ['unknown', 'unhealthy', 'unhealthy', 'healthy'] as const) {
    status = next
    overall.update()
  }
  expect(changes).toEqual(['healthy', 'down', 'healthy'])
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'overall health: healthy',
    'overall health: down (no healthy backend for default)',
    'overall health: healthy',
  ])
})
