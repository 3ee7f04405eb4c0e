/** The figures of a backend. Pure. */
import type { BackendState, HealthStatus } from '../../src-shared/api.ts'
import { ago, count, duration, span } from './format.ts'

const WORDS: Readonly<Record<HealthStatus, string>> = {
  healthy: 'Healthy',
  unhealthy: 'Unhealthy',
  unknown: 'Unknown',
}

/** @param isLost without a connection counters stay, but ages are left out, as they would be wrong */
export function figuresOf(state: BackendState, now: number, isLost = false): string[] {
  if (state.lastCheck === 0) return ['not checked yet']
  const texts: string[] = []
  if (!isLost) {
    texts.push(`${WORDS[state.status]} for ${span(Math.max(0, now - state.since))}`)
    const last = state.history.at(-1)
    if (last?.status === 'healthy') texts.push(`answers pings in ${duration(last.durationMs)}`)
  }
  texts.push(count(state.requests, 'request'), count(state.failures, 'failure'))
  if (state.p50Ms !== null) texts.push(`typical prediction ${duration(state.p50Ms)}`)
  if (state.inFlight > 0 && !isLost) texts.push(`${state.inFlight} running`)
  if (state.waiting > 0 && !isLost) texts.push(`${state.waiting} waiting`)
  if (state.held > 0 && !isLost) texts.push(`${state.held} waiting for it to come back`)
  return texts
}

/** The last error of a backend that is healthy again; empty if there is none or it is shown as the current one. */
export function lastErrorText(state: BackendState, now: number, isLost = false): string {
  const { error, lastError } = state
  if (lastError === null || (error !== '' && !isLost)) return ''
  return isLost ? `Last error: ${lastError.text}` : `Last error ${ago(lastError.at, now)}: ${lastError.text}`
}
