/** The bar of the last checks. Pure. */
import type { HealthCheck, HealthStatus } from '../../src-shared/api.ts'
import { clock, duration } from './format.ts'

export const SLOTS = 60

export interface Slot {
  readonly status: HealthStatus | 'none'
  /** Time, status and message of the check. */
  readonly title: string
}

const WORDS: Readonly<Record<HealthStatus, string>> = {
  healthy: 'good',
  unhealthy: 'failed',
  unknown: 'late',
}

function titleOf({ at, status, durationMs, error }: HealthCheck): string {
  const message = error === '' ? `/ping answered in ${duration(durationMs)}` : error
  return `${clock(new Date(at * 1000))} ${WORDS[status]}: ${message}`
}

/** A fixed number of slots, the newest check at the end. */
export function slotsOf(history: readonly HealthCheck[]): Slot[] {
  const shown = history.slice(-SLOTS)
  const empty = Array.from({ length: SLOTS - shown.length }, (): Slot => ({
    status: 'none',
    title: 'no check yet',
  }))
  return [...empty, ...shown.map((check): Slot => ({ status: check.status, title: titleOf(check) }))]
}

/** The bar as one sentence. */
export function barText(history: readonly HealthCheck[]): string {
  if (history.length === 0) return 'No checks yet'
  const failed = history.filter(({ status }) => status === 'unhealthy').length
  const late = history.filter(({ status }) => status === 'unknown').length
  const parts = [`${history.length - failed - late} good`]
  if (failed > 0) parts.push(`${failed} failed`)
  if (late > 0) parts.push(`${late} late`)
  return `Last ${history.length === 1 ? 'check' : `${history.length} checks`}: ${parts.join(', ')}`
}
