/** How much of the time a backend was there. Pure. */
import type { HistoryState } from '../../src-shared/history.ts'
import type { Minute } from './minutes.ts'

/** States that say nothing about a backend: before the first check, and when it is off on purpose. */
const NOT_COUNTED: ReadonlySet<HistoryState> = new Set([
  'unknown',
  'paused',
  'stopped',
  'starting',
  'stopping',
])

/**
 * The share of the time in which a backend was healthy, 0 to 1, of that in which the program ran and the backend was
 * meant to be there.
 * @returns null where there is no such time
 */
export function uptimeOf(minutes: readonly Minute[], name: string): number | null {
  let healthy = 0
  let all = 0
  for (const { backends } of minutes) {
    for (const [state, amount] of backends.get(name)?.states ?? []) {
      if (NOT_COUNTED.has(state)) continue
      all += amount
      if (state === 'healthy') healthy += amount
    }
  }
  return all === 0 ? null : healthy / all
}
