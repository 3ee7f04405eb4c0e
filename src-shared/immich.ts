/** Immich's queues as this program knows them: types of the API and their texts, for the server and the pages. Pure. */
import { canonicalName } from './config/names.ts'

/** Immich's queues that send images here, by the task of their requests (Immich's `QueueName`, v1 to v3). */
export const QUEUE_OF_TASK = {
  clip: 'smartSearch',
  'facial-recognition': 'faceDetection',
  ocr: 'ocr',
} as const

export type GuardedTask = keyof typeof QUEUE_OF_TASK
export type GuardedQueue = (typeof QUEUE_OF_TASK)[GuardedTask]

export const GUARDED_TASKS = Object.keys(QUEUE_OF_TASK) as readonly GuardedTask[]
export const GUARDED_QUEUES: readonly GuardedQueue[] = Object.values(QUEUE_OF_TASK)

/** The queue of the duplicate search, which runs after smart search has caught up, as it compares its vectors. */
export const DUPLICATES_QUEUE = 'duplicateDetection'

/** The guarded task of a request's task, in either spelling; undefined for any other. */
export function guardedTask(task: string): GuardedTask | undefined {
  const name = canonicalName(task)
  return Object.hasOwn(QUEUE_OF_TASK, name) ? (name as GuardedTask) : undefined
}

/** Off: Immich is not asked. Observe: it is read. On: its queues are paused and resumed as well. */
export type GuardMode = 'off' | 'observe' | 'on'

/** Why an image was lost: no backend was up, all were full, the time was over, or this program was stopped. */
export type LossReason = 'away' | 'full' | 'timed-out' | 'stopped'

/** The images of one task that Immich was told had failed. */
export interface TaskLosses {
  count: number
  /** Unix seconds of the first and the last one; 0 where none is counted. */
  firstAt: number
  lastAt: number
  byReason: Partial<Record<LossReason, number>>
  /** The last ones, newest last. `at` in Unix seconds; `text` is the reason that Immich was told. */
  recent: { at: number; reason: LossReason; text: string }[]
  /** Immich has looked for exactly these already and they were lost again. *Run missing now* tries once more. */
  triedInVain: boolean
}

/** The state of one of Immich's queues. */
export interface QueueStatus {
  isPaused: boolean
  /** Who paused it; null where it runs. */
  pausedBy: 'us' | 'an admin' | null
  /** Jobs at work, and all that are not done yet. */
  active: number
  remaining: number
  /** A catch-up runs: Immich looks for lost images. */
  catchingUp: boolean
  /** Unix seconds of the last catch-up; null before the first. */
  lastCatchUpAt: number | null
  /** Unix seconds until which an admin's own resume is respected; null where there was none. */
  leftAloneUntil: number | null
}

/** `GET /api/immich`. */
export interface ImmichStatus {
  /** Whether an Immich is set up with a key. */
  configured: boolean
  guard: GuardMode
  /** As "2.5.1"; null before it was read. */
  version: string | null
  /** Permissions that the key lacks, by their names in Immich; empty where none or where it cannot be known. */
  missingPermissions: string[]
  /** What keeps it from working, as sentences that say what to do; empty when all is well. */
  problems: string[]
  /** By Immich's names; a queue that this version of Immich does not have is absent. */
  queues: Partial<Record<GuardedQueue, QueueStatus>>
  losses: Record<GuardedTask, TaskLosses>
  /** Lost images of clients that are not this Immich: counted, and nothing is started for them. */
  otherLosses: Record<GuardedTask, TaskLosses>
}

/** `GET /api/progress`, per task. */
export interface TaskProgress {
  /** Images that wait in Immich's queue or are at work; null where it is not known. */
  remaining: number | null
  /** Images done a minute, over the last 5 minutes. */
  ratePerMinute: number
  /** Null without 30 s of data, with nothing left, or while nothing is done. */
  etaSeconds: number | null
}

export type Progress = Record<GuardedTask, TaskProgress>

const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
/** Longer times are shown in hours, shorter ones in minutes. */
const HOURS_FROM_S = 2 * HOUR_S

function duration(seconds: number): string {
  if (seconds < MINUTE_S) return 'less than a minute'
  if (seconds < HOURS_FROM_S) return `about ${Math.round(seconds / MINUTE_S)} min`
  return `about ${Math.round(seconds / HOUR_S)} h`
}

/**
 * The progress of all tasks in a few words, for the tray: “1,240 left, about 18 min”. Empty where nothing is left. The
 * queues run side by side, so the slowest decides how long it takes.
 */
export function progressText(progress: Progress): string {
  const tasks = GUARDED_TASKS.map((task) => progress[task]).filter(({ remaining }) => (remaining ?? 0) > 0)
  const left = tasks.reduce((sum, { remaining }) => sum + (remaining ?? 0), 0)
  if (left === 0) return ''
  const text = `${left.toLocaleString('en')} left`
  const etas = tasks.map(({ etaSeconds }) => etaSeconds)
  if (etas.some((eta) => eta === null)) return text
  return `${text}, ${duration(Math.max(...etas.map((eta) => eta ?? 0)))}`
}

/**
 * The tasks with losses of Immich's that nothing sets back by itself: nobody looks at its queues, or it has looked for
 * just these already, in vain.
 */
export function keptLosses({
  configured,
  guard,
  losses,
}: Pick<ImmichStatus, 'configured' | 'guard' | 'losses'>): GuardedTask[] {
  const isWatched = configured && guard !== 'off'
  return GUARDED_TASKS.filter((task) => losses[task].count > 0 && (!isWatched || losses[task].triedInVain))
}
