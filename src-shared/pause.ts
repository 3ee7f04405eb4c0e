/** The text of a pause, for the server and the pages. Pure, browser-safe. */
import { timeText } from './schedule.ts'

/** A pause of a backend, as the API tells it. */
export interface PauseStatus {
  /** By hand, which comes before every rule, or by one of the rules of `yield`. */
  by: 'hand' | 'rule'
  /** Unix seconds; null where the end is not known: until the game ends, or a user resumes. */
  until: number | null
  /** For example "game running"; empty where none was given. */
  reason: string
}

/** How a managed container stands, as the API tells it. */
export interface ContainerState {
  /** Unknown before its engine was asked. */
  state: 'unknown' | 'stopped' | 'starting' | 'healthy' | 'stopping'
  /** Its image with the tag; empty before its engine was asked. */
  image: string
  /** What is wrong and what to do, as a sentence; else empty. */
  problem: string
}

/** The courtesy state of a backend: its pause, its container, and why its rules do not work. */
export interface CourtesyState {
  /** Null where nothing pauses it. */
  pause: PauseStatus | null
  /** Null where no container is managed. */
  container: ContainerState | null
  /** "cannot look for games here: Steam was not found"; empty where all is well. */
  courtesyProblems: string[]
}

/** A container that may be managed, of `GET /api/containers`. */
export interface OfferedContainer {
  name: string
  image: string
  /** As the engine says it: "running", "exited", "created". */
  state: string
}

/** `GET /api/containers`. */
export interface OfferedContainers {
  containers: OfferedContainer[]
  /** Why none can be offered, as a sentence; else empty. */
  problem: string
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
