/** The whole in words. Pure. */
import type { BackendStates, Overall } from '../../src-shared/api.ts'
import { list } from './routing.ts'

export interface OverviewState {
  readonly title: string
  readonly text: string
}

/** @param kind `lost` where the proxy does not answer: what it said of itself holds no more */
export function overviewState(kind: Overall | 'lost', backends: BackendStates): OverviewState {
  switch (kind) {
    case 'healthy':
      return { title: 'The proxy is healthy', text: 'Every task has a backend that answers.' }
    case 'degraded': {
      const down = Object.keys(backends).filter((name) => backends[name]?.status === 'unhealthy')
      const who = down.length === 0 ? 'A backend is' : `${list(down)} ${down.length > 1 ? 'are' : 'is'}`
      return { title: 'The proxy is degraded', text: `${who} down; the others answer instead.` }
    }
    case 'down':
      return { title: 'The proxy is down', text: 'Something has no backend that answers:' }
    case 'idle':
      return { title: 'The proxy is idle', text: 'It has no backend yet.' }
    case 'lost':
      return { title: 'The proxy does not answer', text: 'What stands below is what it told last.' }
  }
}
