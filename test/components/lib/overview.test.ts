import { expect, it } from 'vitest'
import { overviewState } from '../../../src-renderer/lib/overview.ts'
import { STATE } from '../support/api.ts'

it('overall health names the backend that is down, and says when the proxy does not answer', () => {
  const backends = {
    gpu: STATE,
    nas: { ...STATE, status: 'unhealthy' as const, availability: 'away' as const },
  }
  expect(overviewState('degraded', backends).text).toBe('nas is down; the others answer instead.')
  expect(overviewState('lost', backends).title).toBe('The proxy does not answer')
})
