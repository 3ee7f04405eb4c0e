/** How a pause is told, for the server and the pages. Pure, browser-safe. */
import { timeText } from './schedule.ts'

/** A pause of a backend, as the API tells it. */
export interface PauseStatus {
  /** By hand, which comes before every rule, or by one of the rules of `yield`. */
  by: 'hand' | 'rule'
  /** Unix seconds; null where nobody knows: until the game ends, or somebody resumes. */
  until: number | null
  /** "game running"; empty where nobody gave one. */
  reason: string
}

type Told = Pick<PauseStatus, 'until'>

/** "paused until 18:30", or "paused" where the end is not known. @param now Unix milliseconds */
export function pausedText({ until }: Told, now: number): string {
  return until === null ? 'paused' : `paused until ${timeText(until * 1000, now)}`
}

/** The same with the reason behind it: "paused until 18:30 (game running)". */
export function pausedBecause(pause: Told & Pick<PauseStatus, 'reason'>, now: number): string {
  const text = pausedText(pause, now)
  return pause.reason === '' ? text : `${text} (${pause.reason})`
}
