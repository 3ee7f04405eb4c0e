/** The overall health as text. Pure. */
import type { BackendStates, Overall } from '../../src-shared/api.ts'
import { list } from './routing.ts'

export interface OverviewState {
  readonly title: string
  readonly text: string
}

/** @param kind `lost` if the proxy does not answer, so that its last state may be outdated */
export function overviewState(kind: Overall | 'lost', backends: BackendStates): OverviewState {
  switch (kind) {
    case 'healthy':
      return { title: 'The proxy is healthy', text: 'Every task has a backend that answers.' }
    case 'degraded': {
      const down = Object.keys(backends).filter((name) => backends[name]?.availability === 'away')
      const who = down.length === 0 ? 'A backend is' : `${list(down)} ${down.length > 1 ? 'are' : 'is'}`
      return { title: 'The proxy is degraded', text: `${who} down; the others answer instead.` }
    }
    case 'waiting':
      return { title: 'The proxy is waiting', text: 'Images are kept until a backend is there:' }
    case 'paused':
      return { title: 'The proxy is paused', text: 'What could answer is to be left alone:' }
    case 'down':
      return { title: 'The proxy is down', text: 'Something has no backend that answers:' }
    case 'idle':
      return { title: 'The proxy is idle', text: 'It has no backend yet.' }
    case 'lost':
      return { title: 'The proxy does not answer', text: 'The values below are from its last answer.' }
  }
}
