/** The history as `GET /api/history` shows it. Pure. */
import {
  HISTORY_RANGES,
  type History,
  type HistoryBackend,
  type HistoryFigures,
  type HistoryRange,
  type HistoryReplies,
  type HistoryState,
  type HistoryTotals,
  type Steps,
} from '../../src-shared/history.ts'
import { Tally } from './durations.ts'
import { lastImport } from './last-import.ts'
import { minuteOf, seriesKey, seriesOf, type Minute, type Minutes } from './minutes.ts'
import { uptimeOf } from './uptime.ts'

const MINUTE_SECONDS = 60
const MEDIAN = 0.5
const NEARLY_ALL = 0.95

/** The minutes of one step that are there. */
type Step = readonly Minute[]

/** Whether the program ran: what happens in its first seconds comes before it looks at itself. */
export const isOn = ({ samples, cells }: Minute): boolean => samples > 0 || cells.size > 0

interface Span {
  /** The number of the first minute. */
  readonly start: number
  readonly stepMinutes: number
  readonly steps: readonly Step[]
}

/** Steps begin at multiples of their length, so that they stay the same ones while time goes on. */
function spanOf(minutes: Minutes, range: HistoryRange, wallMs: number): Span {
  const { minutes: length, stepMinutes } = HISTORY_RANGES[range]
  const end = (Math.floor(minuteOf(wallMs) / stepMinutes) + 1) * stepMinutes
  const start = end - length
  const steps = Array.from({ length: length / stepMinutes }, (_, index) => {
    const from = start + index * stepMinutes
    const numbers = Array.from({ length: stepMinutes }, (__, offset) => from + offset)
    return numbers.flatMap((number) => minutes.get(number) ?? []).filter(isOn)
  })
  return { start, stepMinutes, steps }
}

const mostOf = (step: Step, of: (minute: Minute) => number | undefined): number | null =>
  step.length === 0 ? null : Math.max(...step.map((minute) => of(minute) ?? 0))

const sumOf = (step: Step, of: (minute: Minute) => number): number | null =>
  step.length === 0 ? null : step.reduce((sum, minute) => sum + of(minute), 0)

function repliesOf(steps: readonly Step[]): HistoryReplies {
  const sums = (kind: keyof HistoryReplies): Steps =>
    steps.map((step) => sumOf(step, ({ replies }) => replies[kind]))
  return {
    images: sums('images'),
    texts: sums('texts'),
    failedImages: sums('failedImages'),
    failedTexts: sums('failedTexts'),
  }
}

/** Adds up the cells of some series. */
class Sum {
  images = 0
  texts = 0
  failures = 0
  readonly #tally = new Tally()

  add({ cells }: Minute, keys: readonly string[]): void {
    for (const key of keys) {
      const cell = cells.get(key)
      if (cell === undefined) continue
      this.images += cell.images
      this.texts += cell.texts
      this.failures += cell.failures
      this.#tally.add(cell.durations)
    }
  }

  clear(): void {
    this.images = this.texts = this.failures = 0
    this.#tally.clear()
  }

  totals(): HistoryTotals {
    const { images, texts, failures } = this
    const [p50Ms, p95Ms] = [this.#tally.percentile(MEDIAN), this.#tally.percentile(NEARLY_ALL)]
    return { images, texts, failures, p50Ms, p95Ms }
  }
}

function figuresOf(steps: readonly Step[], keys: readonly string[]): HistoryFigures {
  const [sum, whole] = [new Sum(), new Sum()]
  const totals = steps.map((step) => {
    if (step.length === 0) return null
    sum.clear()
    for (const minute of step) {
      sum.add(minute, keys)
      whole.add(minute, keys)
    }
    return sum.totals()
  })
  const valuesOf = (kind: keyof HistoryTotals): Steps => totals.map((total) => total?.[kind] ?? null)
  return {
    images: valuesOf('images'),
    texts: valuesOf('texts'),
    failures: valuesOf('failures'),
    p50Ms: valuesOf('p50Ms'),
    p95Ms: valuesOf('p95Ms'),
    total: whole.totals(),
  }
}

/** The state of most samples of a step. */
function stateOf(step: Step, name: string): HistoryState | null {
  const counts = new Map<HistoryState, number>()
  for (const { backends } of step) {
    for (const [state, amount] of backends.get(name)?.states ?? [])
      counts.set(state, (counts.get(state) ?? 0) + amount)
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a)
  return most?.[0] ?? null
}

/** The tasks that each backend has something of, by its name. */
function tasksByBackend(steps: readonly Step[]): Map<string, Set<string>> {
  const keys = new Set<string>()
  for (const { cells } of steps.flat()) for (const key of cells.keys()) keys.add(key)
  const found = new Map<string, Set<string>>()
  for (const { backend, task } of Array.from(keys, seriesOf)) {
    const tasks = found.get(backend)
    if (tasks === undefined) found.set(backend, new Set([task]))
    else tasks.add(task)
  }
  return found
}

/** @param configured the names of the backends of the configuration, in its order */
export function historyReport(
  minutes: Minutes,
  range: HistoryRange,
  configured: readonly string[],
  wallMs: number,
): History {
  const { start, stepMinutes, steps } = spanOf(minutes, range, wallMs)
  const tasks = tasksByBackend(steps)
  const names = [...new Set([...configured, ...[...tasks.keys()].sort()])]
  const day = spanOf(minutes, '24h', wallMs).steps.flat()
  const backends = names.map((name): HistoryBackend => {
    const own = [...(tasks.get(name) ?? [])].sort()
    return {
      name,
      isConfigured: configured.includes(name),
      uptime: uptimeOf(day, name),
      states: steps.map((step) => stateOf(step, name)),
      waiting: steps.map((step) => mostOf(step, (minute) => minute.backends.get(name)?.waiting)),
      running: steps.map((step) => mostOf(step, (minute) => minute.backends.get(name)?.running)),
      all: figuresOf(
        steps,
        own.map((task) => seriesKey(name, task)),
      ),
      tasks: own.map((task) => ({ task, ...figuresOf(steps, [seriesKey(name, task)]) })),
    }
  })
  return {
    range,
    from: start * MINUTE_SECONDS,
    stepSeconds: stepMinutes * MINUTE_SECONDS,
    minutesOn: steps.map((step) => step.length),
    held: steps.map((step) => mostOf(step, ({ held }) => held)),
    replies: repliesOf(steps),
    backends,
    lastImport: lastImport(minutes, wallMs),
  }
}
