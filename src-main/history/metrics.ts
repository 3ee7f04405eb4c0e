/**
 * Counts what `GET /metrics` shows. The values of labels come from the configuration alone: what clients send cannot make
 * a series, and those of a backend that was removed go with it.
 *
 * The counts are plain numbers, made text by prom-client when somebody asks: counted by prom-client itself they took 6 µs
 * of each prediction, and the library takes some 10 MB of a process that nobody may ever scrape.
 */
import type { Registry } from 'prom-client'
import type { Config } from '../../src-shared/config/schema.ts'
import type { EndedAttempt, EndedPrediction, HistoryFeed, HistorySample } from './feed.ts'
import { DURATION_BUCKETS } from './limits.ts'
import { TaskNames } from './tasks.ts'

export interface MetricsOptions {
  /** The version of this program. */
  version: string
  /** How the service is now. */
  sample: () => HistorySample
}

export type TimeLabel = 'backend' | 'task'

/** Kinds and results of what is counted, in the order of {@link Counts}. */
export const OUTCOMES = [
  { kind: 'text', result: 'answered' },
  { kind: 'text', result: 'failed' },
  { kind: 'image', result: 'answered' },
  { kind: 'image', result: 'failed' },
] as const
export type Counts = number[]
const noCounts = (): Counts => OUTCOMES.map(() => 0)
const indexOf = (isText: boolean, isAnswered: boolean): number => (isText ? 0 : 2) + (isAnswered ? 0 : 1)

/** What one backend did of one task. */
export interface Series {
  readonly counts: Counts
  /** Answered attempts by the bucket of their duration; the last one is of those beyond all buckets. */
  readonly buckets: number[]
  seconds: number
}

/** What is counted, for those who show it. */
export interface Counted {
  readonly predictions: Counts
  readonly series: () => Iterable<readonly [labels: Record<TimeLabel, string>, series: Series]>
}

function addTo(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1
}

function bucketOf(seconds: number): number {
  let bucket = 0
  while (bucket < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[bucket] ?? 0)) bucket++
  return bucket
}

export class Metrics implements HistoryFeed {
  readonly #options: MetricsOptions
  #registry: Promise<Registry> | undefined
  readonly #predictions = noCounts()
  /** By backend, of those that are configured, and by task. */
  readonly #series = new Map<string, Map<string, Series>>()
  #tasks = new TaskNames({ taskRouting: {} })

  constructor(options: MetricsOptions) {
    this.#options = options
  }

  /** Puts a configuration in force: the series of backends and tasks that it does not name are dropped. */
  apply(config: Pick<Config, 'backends' | 'taskRouting'>): void {
    this.#tasks = new TaskNames(config)
    const names = new Set(config.backends.map(({ name }) => name))
    for (const [backend, tasks] of this.#series) {
      if (!names.has(backend)) this.#series.delete(backend)
      for (const task of tasks.keys()) if (!this.#tasks.counted.has(task)) tasks.delete(task)
    }
    for (const name of names) if (!this.#series.has(name)) this.#series.set(name, new Map())
  }

  attemptEnded({ backend, entries, isText, isAnswered, durationMs }: EndedAttempt): void {
    const tasks = this.#series.get(backend)
    // It ended on a backend that was removed meanwhile.
    if (tasks === undefined) return
    for (const task of this.#tasks.of(entries)) {
      let series = tasks.get(task)
      if (series === undefined) {
        series = {
          counts: noCounts(),
          buckets: Array.from({ length: DURATION_BUCKETS.length + 1 }, () => 0),
          seconds: 0,
        }
        tasks.set(task, series)
      }
      addTo(series.counts, indexOf(isText, isAnswered))
      if (!isAnswered) continue
      const seconds = durationMs / 1_000
      addTo(series.buckets, bucketOf(seconds))
      series.seconds += seconds
    }
  }

  predictionEnded({ isText, isAnswered }: EndedPrediction): void {
    addTo(this.#predictions, indexOf(isText, isAnswered))
  }

  /** All metrics as they are now, in Prometheus' format. */
  async text(): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#registry ??= this.#describe()
    const registry = await this.#registry
    return { contentType: registry.contentType, text: await registry.metrics() }
  }

  async #describe(): Promise<Registry> {
    const { describeMetrics } = await import('./prometheus.ts')
    return describeMetrics(this.#options, {
      predictions: this.#predictions,
      series: () => this.#eachSeries(),
    })
  }

  *#eachSeries(): Iterable<readonly [labels: Record<TimeLabel, string>, series: Series]> {
    for (const [backend, tasks] of this.#series)
      for (const [task, series] of tasks) yield [{ backend, task }, series]
  }
}
