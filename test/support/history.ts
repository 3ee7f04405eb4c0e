/** A day of history on the disk, for a proxy that starts in the folder. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { BackendSample } from '../../src-main/history/feed.ts'
import { Minutes } from '../../src-main/history/minutes.ts'
import { MAX_FILE_BYTES, MINUTE_MS } from '../../src-main/history/limits.ts'
import { pack } from '../../src-main/history/pack.ts'

export interface DayOptions {
  /** The names of the backends; the first one is the fastest. */
  names?: readonly string[]
  /** The end of the day, wall clock in milliseconds; now by default. */
  until?: number
  /** Minutes before the end in which the program did not run. */
  off?: readonly [from: number, to: number]
  /** Minutes before the end in which the first backend was away. */
  away?: readonly [from: number, to: number]
}

const TASKS = ['clip/visual', 'facial-recognition', 'ocr']
const DAY_MINUTES = 1_440
/** The import begins so many minutes before the end and lasts until 30 minutes before it. */
const IMPORT = [400, 30] as const

const within = (minute: number, [from, to]: readonly [number, number]): boolean =>
  minute <= from && minute > to

/** Counts of a day: a search now and then, an import for some hours, one backend away for a while. */
export function dayOfHistory(options: DayOptions = {}): Minutes {
  const { names = ['gpu', 'nas'], until = Date.now(), off = [900, 780], away = [240, 200] } = options
  const minutes = new Minutes()
  for (let ago = DAY_MINUTES - 1; ago > 0; ago--) {
    if (within(ago, off)) continue
    const at = until - ago * MINUTE_MS
    const isAway = within(ago, away)
    const isImport = within(ago, IMPORT)
    const backends = names.map((name, index): BackendSample => ({
      name,
      state: index === 0 && isAway ? 'away' : 'healthy',
      waiting: isImport ? (isAway ? 6 : 2) : 0,
      running: isImport ? 2 : 0,
    }))
    for (let sample = 0; sample < 12; sample++)
      minutes.sample({ backends, held: isAway && isImport ? 2 : 0 }, at)
    if (ago % 7 === 0) search(minutes, names[0] ?? '', at)
    if (isImport) photos(minutes, names, isAway, ago, at)
  }
  return minutes
}

function search(minutes: Minutes, backend: string, at: number): void {
  minutes.attempt({ backend, tasks: ['clip/textual'], isText: true, isAnswered: true, durationMs: 22 }, at)
  minutes.reply({ isText: true, isAnswered: true }, at)
}

function photos(minutes: Minutes, names: readonly string[], isAway: boolean, ago: number, at: number): void {
  for (const [index, backend] of names.entries()) {
    if (index === 0 && isAway) continue
    const amount = Math.round((40 / (index + 1)) * (1 + 0.3 * Math.sin(ago / 17)))
    for (let photo = 0; photo < amount; photo++) {
      const durationMs = 60 * (1 + index * 2) * (1 + ((photo * 7 + ago) % 10) / 6)
      const task = TASKS[photo % TASKS.length] ?? 'ocr'
      minutes.attempt({ backend, tasks: [task], isText: false, isAnswered: true, durationMs }, at)
      minutes.reply({ isText: false, isAnswered: true }, at)
    }
  }
  if (ago % 97 !== 0) return
  minutes.attempt(
    { backend: names.at(-1) ?? '', tasks: ['ocr'], isText: false, isAnswered: false, durationMs: 9 },
    at,
  )
  minutes.reply({ isText: false, isAnswered: false }, at)
}

/** Writes such a day into a user data folder. */
export async function writeDay(folder: string, options?: DayOptions): Promise<void> {
  const state = path.join(folder, 'state')
  mkdirSync(state, { recursive: true })
  writeFileSync(path.join(state, 'history.json.gz'), await pack(dayOfHistory(options), MAX_FILE_BYTES))
}
