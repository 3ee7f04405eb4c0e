/** The pauses that the tray offers, and how those of this computer stand. Pure but for what it is given. */
import { pausedText } from '../../../src-shared/pause.ts'
import type { Service } from '../../app/service.ts'
import { MORNING_HOUR, TRAY_PAUSE_MS } from '../limits.ts'
import type { OwnPause } from './tray-state.ts'

export type PauseEnd = 'hour' | 'morning' | 'resumed'

/** When a pause ends that begins now, Unix milliseconds; null where only a person ends it. */
export function pauseUntil(end: PauseEnd, now: number): number | null {
  if (end === 'resumed') return null
  if (end === 'hour') return now + TRAY_PAUSE_MS
  const morning = new Date(now)
  if (morning.getHours() >= MORNING_HOUR) morning.setDate(morning.getDate() + 1)
  morning.setHours(MORNING_HOUR, 0, 0, 0)
  return morning.getTime()
}

/** How the pauses of this computer's backends stand; undefined where none runs here. @param now Unix milliseconds */
export function ownPauseOf(
  courtesy: Pick<Service['courtesy'], 'of' | 'onThisComputer'>,
  now: number,
): OwnPause | undefined {
  const pauses = courtesy.onThisComputer.map((name) => courtesy.of(name))
  if (pauses.length === 0) return undefined
  const paused = pauses.filter((pause) => pause !== undefined)
  const ends = paused.map(({ until }) => until ?? Infinity)
  // Told is the first end: from then on one of them works again.
  const first = Math.min(...ends)
  const until = Number.isFinite(first) ? Math.ceil(first / 1000) : null
  return {
    text: paused.length < pauses.length ? undefined : pausedText({ until }, now),
    isAnyPaused: paused.length > 0,
    isNight: new Date(now).getHours() < MORNING_HOUR,
  }
}
