/** What happened over the last day, in minutes: the types of `GET /api/history`, for the server and the pages. */
/** The ranges that can be asked for: how many minutes each has, and how many of them make one step of the answer. */
export const HISTORY_RANGES = {
  '1h': { minutes: 60, stepMinutes: 1 },
  '6h': { minutes: 360, stepMinutes: 3 },
  '24h': { minutes: 1_440, stepMinutes: 10 },
} as const

export type HistoryRange = keyof typeof HISTORY_RANGES

export const isHistoryRange = (text: unknown): text is HistoryRange =>
  typeof text === 'string' && Object.hasOwn(HISTORY_RANGES, text)

/**
 * The states of a backend that are counted, in an order that the file on the disk keeps: new ones are added at the end.
 * Its health while it serves, else how it stands.
 */
export const HISTORY_STATES = [
  'healthy',
  'unhealthy',
  'unknown',
  'away',
  'waking',
  'paused',
  'stopped',
  'starting',
  'stopping',
] as const

export type HistoryState = (typeof HISTORY_STATES)[number]

/** The tasks of Immich as they are counted. Searching photos and searching words differ ten times in their duration. */
export const IMMICH_TASKS = ['clip/visual', 'clip/textual', 'facial-recognition', 'ocr'] as const

/** Stands for a backend or a task that is not counted on its own: the least used ones, and unknown tasks. */
export const OTHERS = 'others'

/** One value for each step; null for a step in which the program did not run, or had nothing to measure. */
export type Steps = (number | null)[]

export interface HistoryTotals {
  images: number
  texts: number
  failures: number
  /** Milliseconds; within 10 % of the measured values. Null where nothing was answered. */
  p50Ms: number | null
  p95Ms: number | null
}

export interface HistoryFigures {
  /** Answered image predictions. One that asks for two tasks counts for each of them. */
  images: Steps
  /** Answered text queries. */
  texts: Steps
  /** Attempts that failed. */
  failures: Steps
  p50Ms: Steps
  p95Ms: Steps
  /** Of the whole range. */
  total: HistoryTotals
}

export interface HistoryTask extends HistoryFigures {
  /** One of IMMICH_TASKS, a task that a route of the configuration names, or OTHERS. */
  task: string
}

export interface HistoryBackend {
  name: string
  /** False for one that was removed or renamed since, and for OTHERS. */
  isConfigured: boolean
  /** Share of the last 24 hours in which it was healthy, 0 to 1; null where it was not looked at. */
  uptime: number | null
  /** The state that it had for most of the step; null where the program did not run. */
  states: (HistoryState | null)[]
  /** The most predictions that waited for it at once. */
  waiting: Steps
  /** The most predictions that ran on it at once. */
  running: Steps
  all: HistoryFigures
  tasks: HistoryTask[]
}

/** The last import: image predictions in a row, without a pause of more than some minutes. */
export interface HistoryImport {
  /** Unix seconds. */
  from: number
  to: number
  isRunning: boolean
  parts: { backend: string; task: string; images: number; failures: number; p50Ms: number | null }[]
}

/** What Immich was answered. */
export interface HistoryReplies {
  images: Steps
  texts: Steps
  /** Answered with an error: Immich does not repeat an image. */
  failedImages: Steps
  failedTexts: Steps
}

/** `GET /api/history`. */
export interface History {
  range: HistoryRange
  /** Unix seconds at which the first step begins. */
  from: number
  stepSeconds: number
  /** In how many minutes of each step the program ran; 0 is a gap. */
  minutesOn: number[]
  /** The most image predictions at once that were held because no backend was there. */
  held: Steps
  replies: HistoryReplies
  /** Those of the configuration in its order, then those that were removed. */
  backends: HistoryBackend[]
  lastImport: HistoryImport | null
}
