import { expect, it } from 'vitest'
import { overviewState } from '../../../src-renderer/lib/overview.ts'
import { STATE } from '../support/api.ts'

it('the whole names who is down, and knows nothing of a proxy that is gone', () => {
  const backends = { gpu: STATE, nas: { ...STATE, status: 'unhealthy' as const } }
  expect(overviewState('degraded', backends).text).toBe('nas is down; the others answer instead.')
  expect(overviewState('lost', backends).title).toBe('The proxy does not answer')
})
