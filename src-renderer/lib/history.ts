/** What the page /overview draws and tells of the history. Pure. */
import type {
  History,
  HistoryBackend,
  HistoryFigures,
  HistoryImport,
  HistoryState,
  Steps,
} from '../../src-shared/history.ts'

const MINUTE = 60
/** How much higher an axis is than its highest value, and the end of one without any. */
const HEADROOM = 1.08
const EMPTY_AXIS = 10

export const sum = (values: Steps): number => values.reduce<number>((all, value) => all + (value ?? 0), 0)

/** The largest value; null where there is none. */
export function most(values: Steps): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** The last value that is there. */
export const last = (values: Steps): number | null => values.findLast((value) => value !== null) ?? null

/** The tasks of all backends, each once. */
export function tasksIn({ backends }: History): string[] {
  return [...new Set(backends.flatMap(({ tasks }) => tasks.map(({ task }) => task)))].sort()
}

/** The figures of a backend: of one task, or of all where `task` is empty. Undefined where it did not do the task. */
export function figuresOf(backend: HistoryBackend, task: string): HistoryFigures | undefined {
  return task === '' ? backend.all : backend.tasks.find((one) => one.task === task)
}

/** Answers a minute in each step; a step that the program did not run through counts what it ran. */
export function rateOf({ images, texts }: HistoryFigures, minutesOn: readonly number[]): Steps {
  return minutesOn.map((on, step) => {
    if (on === 0) return null
    return ((images[step] ?? 0) + (texts[step] ?? 0)) / on
  })
}

/** When each step begins, Unix seconds. */
export const stepTimes = ({ from, stepSeconds, minutesOn }: History): number[] =>
  minutesOn.map((_, step) => from + step * stepSeconds)

/** What one backend contributes to the charts. */
export interface ChartSeries {
  readonly name: string
  readonly rate: Steps
  readonly p50Ms: Steps
  readonly p95Ms: Steps
}

/** The backends that are in the configuration, or have done something of the task. */
export function chartSeries(history: History, task: string): ChartSeries[] {
  return history.backends.flatMap((backend) => {
    const figures = figuresOf(backend, task)
    if (figures === undefined) return []
    const { p50Ms, p95Ms, total } = figures
    if (!backend.isConfigured && total.images + total.texts + total.failures === 0) return []
    return [{ name: backend.name, rate: rateOf(figures, history.minutesOn), p50Ms, p95Ms }]
  })
}

/** States that follow each other, as one stretch of so many steps. */
export interface Stretch {
  readonly state: HistoryState | null
  readonly from: number
  readonly steps: number
}

export function stretches(states: HistoryBackend['states']): Stretch[] {
  const all: Stretch[] = []
  for (const [step, state] of states.entries()) {
    const before = all.at(-1)
    if (before?.state === state) all[all.length - 1] = { ...before, steps: before.steps + 1 }
    else all.push({ state, from: step, steps: 1 })
  }
  return all
}

/** How many minutes the backend was in each state, the longest first. */
export function minutesByState(
  { states }: HistoryBackend,
  { minutesOn }: History,
): (readonly [HistoryState, number])[] {
  const minutes = new Map<HistoryState, number>()
  for (const [step, state] of states.entries())
    if (state !== null) minutes.set(state, (minutes.get(state) ?? 0) + (minutesOn[step] ?? 0))
  return [...minutes].sort(([, a], [, b]) => b - a)
}

/** One line of "who did how much". */
export interface ImportRow {
  readonly backend: string
  readonly images: number
  /** 0 to 1. */
  readonly share: number
  readonly failures: number
  /** Images by task, in the order of {@link ImportTable.tasks}. */
  readonly byTask: readonly number[]
}

export interface ImportTable {
  readonly tasks: readonly string[]
  readonly rows: readonly ImportRow[]
  readonly images: number
}

export function importTable({ parts }: HistoryImport): ImportTable {
  const tasks = [...new Set(parts.map(({ task }) => task))].sort()
  const images = parts.reduce((all, part) => all + part.images, 0)
  const names = [...new Set(parts.map(({ backend }) => backend))]
  const rows = names.map((backend): ImportRow => {
    const own = parts.filter((part) => part.backend === backend)
    const of = (list: typeof parts): number => list.reduce((all, part) => all + part.images, 0)
    return {
      backend,
      images: of(own),
      share: images === 0 ? 0 : of(own) / images,
      failures: own.reduce((all, part) => all + part.failures, 0),
      byTask: tasks.map((task) => of(own.filter((part) => part.task === task))),
    }
  })
  return { tasks, images, rows: rows.sort((a, b) => b.images - a.images) }
}

/** The lines of a sparkline as the `d` of a path: a new one after each gap, and a dot for a value that stands alone. */
export function sparkPath(values: Steps, width: number, height: number): string {
  const top = Math.max(most(values) ?? 0, Number.MIN_VALUE)
  const x = (step: number): string => ((step * width) / Math.max(1, values.length - 1)).toFixed(1)
  const y = (value: number): string => (height - (value / top) * height).toFixed(1)
  let path = ''
  for (const [step, value] of values.entries()) {
    if (value === null) continue
    const isNew = (values[step - 1] ?? null) === null
    path += `${isNew ? 'M' : 'L'}${x(step)} ${y(value)}`
    if (isNew && (values[step + 1] ?? null) === null) path += 'h0.1'
  }
  return path
}

/** Steps without a neighbour: no line leads to them, as in the first minute after the start. */
export function loneSteps(values: ArrayLike<number | null | undefined>): number[] {
  const has = (step: number): boolean => (values[step] ?? null) !== null
  return Array.from(values, (_, step) => step).filter((step) => has(step) && !has(step - 1) && !has(step + 1))
}

/**
 * The end of an axis that begins at 0.
 * @param max the highest value; where none is above 0, an axis that ended there would have ticks some 10^-16 apart
 */
export const axisEnd = (max: number | null): number => (max !== null && max > 0 ? max * HEADROOM : EMPTY_AXIS)

/** `14:05` of the browser's day. */
export function timeOfDay(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000)
  const twoDigits = (value: number): string => String(value).padStart(2, '0')
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`
}

/** Unix seconds at the beginning of the minute. */
export const minuteStart = (unixSeconds: number): number => Math.floor(unixSeconds / MINUTE) * MINUTE
