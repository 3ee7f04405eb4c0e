/** The service at one moment, for the history and the metrics, gathered from the owners of state. */
import type { BackendStates } from '../../src-shared/api.ts'
import type { HistorySample } from '../history/feed.ts'

/**
 * @param states of all configured backends
 * @param held how many image predictions are held
 */
export function historySample(states: BackendStates, held: number): HistorySample {
  return {
    backends: Object.entries(states).map(([name, { status, availability, waiting, inFlight }]) => ({
      name,
      state: availability === 'serving' ? status : availability,
      waiting,
      running: inFlight,
    })),
    held,
  }
}
