/** Counts by minute, backend and task. Plain data and a given clock. */
import { OTHERS, type HistoryState } from '../../src-shared/history.ts'
import { addClass, addDurations, classOf, type Durations } from './durations.ts'
import type { EndedPrediction, HistorySample } from './feed.ts'
import { KEPT_MINUTES, MAX_SERIES, MINUTE_MS } from './limits.ts'

/** What one backend did of one task in one minute. */
export interface Cell {
  images: number
  texts: number
  failures: number
  durations: Durations
}

/** A backend as it was seen in one minute. */
export interface BackendMinute {
  /** How often it was seen in each state. */
  states: Map<HistoryState, number>
  /** The most at once. */
  waiting: number
  running: number
}

export interface Replies {
  images: number
  texts: number
  failedImages: number
  failedTexts: number
}

export interface Minute {
  /** How often the service was looked at; 0 where it did not run. */
  samples: number
  /** The most at once. */
  held: number
  replies: Replies
  /** By {@link seriesKey}. */
  cells: Map<string, Cell>
  /** By name. */
  backends: Map<string, BackendMinute>
}

/** A name has no line break. */
const SEPARATOR = '\n'

export const seriesKey = (backend: string, task: string): string => `${backend}${SEPARATOR}${task}`

export function seriesOf(key: string): { readonly backend: string; readonly task: string } {
  const at = key.indexOf(SEPARATOR)
  return { backend: key.slice(0, at), task: key.slice(at + 1) }
}

const OTHERS_KEY = seriesKey(OTHERS, OTHERS)

export const emptyCell = (): Cell => ({ images: 0, texts: 0, failures: 0, durations: [] })

export const emptyMinute = (): Minute => ({
  samples: 0,
  held: 0,
  replies: { images: 0, texts: 0, failedImages: 0, failedTexts: 0 },
  cells: new Map(),
  backends: new Map(),
})

export function addCell(to: Cell, from: Cell): void {
  to.images += from.images
  to.texts += from.texts
  to.failures += from.failures
  addDurations(to.durations, from.durations)
}

/** The number of a minute: UTC minutes since 1970. */
export const minuteOf = (wallMs: number): number => Math.floor(wallMs / MINUTE_MS)

/** What an attempt adds to a minute. */
export interface CountedAttempt {
  readonly backend: string
  readonly tasks: readonly string[]
  readonly isText: boolean
  readonly isAnswered: boolean
  readonly durationMs: number
}

/**
 * The minutes of the last day. A clock that is set back adds to the minutes that are there already; one that was wrong
 * for a while loses nothing, as those minutes are dropped that are furthest from now, and only when there are too many.
 */
export class Minutes {
  readonly #minutes = new Map<number, Minute>()
  /** The series that had cells when they were last counted, and those that came since. */
  #series = new Set<string>()
  /** Where the last attempt was counted, as the next one mostly is. */
  #last: { minute: Minute; backend: string; task: string; cell: Cell } | undefined

  get(minute: number): Minute | undefined {
    return this.#minutes.get(minute)
  }

  /** All minutes that are there, in no order. */
  entries(): IterableIterator<[number, Minute]> {
    return this.#minutes.entries()
  }

  /** Counts an attempt that ended now. */
  attempt({ backend, tasks, isText, isAnswered, durationMs }: CountedAttempt, wallMs: number): void {
    const minute = this.#at(wallMs)
    for (const task of tasks) {
      const cell = this.#cellOf(minute, backend, task)
      if (!isAnswered) {
        cell.failures++
        continue
      }
      if (isText) cell.texts++
      else cell.images++
      addClass(cell.durations, classOf(durationMs), 1)
    }
  }

  /** Counts what Immich was answered now. */
  reply({ isText, isAnswered }: EndedPrediction, wallMs: number): void {
    const { replies } = this.#at(wallMs)
    if (isText) replies[isAnswered ? 'texts' : 'failedTexts']++
    else replies[isAnswered ? 'images' : 'failedImages']++
  }

  /** Takes in how the service is now. */
  sample({ backends, held }: HistorySample, wallMs: number): void {
    const minute = this.#at(wallMs)
    minute.samples++
    minute.held = Math.max(minute.held, held)
    for (const { name, state, waiting, running } of backends) {
      let seen = minute.backends.get(name)
      if (seen === undefined) {
        seen = { states: new Map(), waiting: 0, running: 0 }
        minute.backends.set(name, seen)
      }
      seen.states.set(state, (seen.states.get(state) ?? 0) + 1)
      seen.waiting = Math.max(seen.waiting, waiting)
      seen.running = Math.max(seen.running, running)
    }
  }

  /** Puts a minute of an earlier run in; counts of the same minute are added. */
  restore(number: number, read: Minute, wallMs: number): void {
    const minute = this.#at(number * MINUTE_MS, wallMs)
    minute.samples += read.samples
    minute.held = Math.max(minute.held, read.held)
    for (const kind of ['images', 'texts', 'failedImages', 'failedTexts'] as const)
      minute.replies[kind] += read.replies[kind]
    for (const [key, cell] of read.cells) addCell(this.#cell(minute, key), cell)
    for (const [name, seen] of read.backends) if (!minute.backends.has(name)) minute.backends.set(name, seen)
  }

  /**
   * Makes the least used series one.
   * @param keep how many stay beside it
   */
  fold(keep: number): void {
    this.#last = undefined
    const used = new Map<string, number>()
    for (const { cells } of this.#minutes.values()) {
      for (const [key, { images, texts, failures }] of cells)
        used.set(key, (used.get(key) ?? 0) + images + texts + failures)
    }
    used.delete(OTHERS_KEY)
    const byUse = [...used].sort(([, a], [, b]) => b - a).map(([key]) => key)
    const folded = new Set(byUse.slice(keep))
    for (const { cells } of this.#minutes.values()) foldCells(cells, folded)
    this.#series = new Set([...byUse.slice(0, keep), OTHERS_KEY])
  }

  /** How many series there are. */
  get seriesCount(): number {
    return this.#series.size
  }

  #cellOf(minute: Minute, backend: string, task: string): Cell {
    const last = this.#last
    if (last?.minute === minute && last.backend === backend && last.task === task) return last.cell
    const cell = this.#cell(minute, seriesKey(backend, task))
    this.#last = { minute, backend, task, cell }
    return cell
  }

  #cell(minute: Minute, key: string): Cell {
    const known = minute.cells.get(key)
    if (known !== undefined) return known
    if (!this.#series.has(key)) {
      // Half of them, so that it is not done again for each that follows.
      if (this.#series.size >= MAX_SERIES) this.fold(MAX_SERIES / 2)
      this.#series.add(key)
    }
    const cell = emptyCell()
    minute.cells.set(key, cell)
    return cell
  }

  #at(wallMs: number, nowMs = wallMs): Minute {
    const number = minuteOf(wallMs)
    const known = this.#minutes.get(number)
    if (known !== undefined) return known
    const minute = emptyMinute()
    this.#minutes.set(number, minute)
    if (this.#minutes.size > KEPT_MINUTES) this.#dropFurthest(minuteOf(nowMs))
    return minute
  }

  #dropFurthest(now: number): void {
    let furthest = now
    for (const number of this.#minutes.keys())
      if (Math.abs(number - now) > Math.abs(furthest - now)) furthest = number
    this.#minutes.delete(furthest)
  }
}

function foldCells(cells: Map<string, Cell>, folded: ReadonlySet<string>): void {
  for (const [key, cell] of cells) {
    if (!folded.has(key)) continue
    cells.delete(key)
    const others = cells.get(OTHERS_KEY)
    if (others === undefined) cells.set(OTHERS_KEY, cell)
    else addCell(others, cell)
  }
}
