/**
 * What `GET /metrics` shows, in Prometheus' format. The values of labels come from the configuration alone: what clients
 * send cannot make a series, and those of a backend that was removed go with it.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Config } from '../../src-shared/config/schema.ts'
import { HISTORY_STATES } from '../../src-shared/history.ts'
import type { EndedAttempt, EndedPrediction, HistoryFeed, HistorySample } from './feed.ts'
import { DURATION_BUCKETS } from './limits.ts'
import { countedTasks, tasksOf } from './tasks.ts'

const PREFIX = 'immich_ml_proxy_'

export interface MetricsOptions {
  /** The version of this program. */
  version: string
  /** How the service is now. */
  sample: () => HistorySample
}

type AttemptLabel = 'backend' | 'task' | 'kind' | 'result'
type TimeLabel = 'backend' | 'task'

const kindOf = (isText: boolean): string => (isText ? 'text' : 'image')
const resultOf = (isAnswered: boolean): string => (isAnswered ? 'answered' : 'failed')

export class Metrics implements HistoryFeed {
  readonly #registry = new Registry()
  readonly #predictions: Counter<'kind' | 'result'>
  readonly #attempts: Counter<AttemptLabel>
  readonly #durations: Histogram<TimeLabel>
  #counted = countedTasks({ taskRouting: {} })
  #backends: ReadonlySet<string> = new Set()
  /** The tasks that each backend has series of. */
  readonly #series = new Map<string, Set<string>>()

  constructor({ version, sample }: MetricsOptions) {
    const registers = [this.#registry]
    this.#predictions = new Counter({
      name: `${PREFIX}predictions_total`,
      help: 'Predictions that Immich was answered.',
      labelNames: ['kind', 'result'],
      registers,
    })
    this.#attempts = new Counter({
      name: `${PREFIX}attempts_total`,
      help: 'Attempts that ended on a backend; a prediction that asks for two tasks counts for each.',
      labelNames: ['backend', 'task', 'kind', 'result'],
      registers,
    })
    this.#durations = new Histogram({
      name: `${PREFIX}attempt_duration_seconds`,
      help: 'From sending to the whole answer of a backend, of attempts that were answered.',
      labelNames: ['backend', 'task'],
      buckets: DURATION_BUCKETS,
      registers,
    })
    this.#describeProcess(version)
    this.#describeBackends(sample)
  }

  /** Puts a configuration in force: the series of backends and tasks that it does not name are dropped. */
  apply(config: Pick<Config, 'backends' | 'taskRouting'>): void {
    this.#counted = countedTasks(config)
    this.#backends = new Set(config.backends.map(({ name }) => name))
    for (const [backend, tasks] of this.#series) {
      for (const task of tasks) {
        if (!this.#backends.has(backend) || !this.#counted.has(task)) this.#drop(backend, task)
      }
    }
  }

  attemptEnded({ backend, entries, isText, isAnswered, durationMs }: EndedAttempt): void {
    // It ended on a backend that was removed meanwhile.
    if (!this.#backends.has(backend)) return
    for (const task of tasksOf(entries, this.#counted)) {
      this.#note(backend, task)
      this.#attempts.inc({ backend, task, kind: kindOf(isText), result: resultOf(isAnswered) })
      if (isAnswered) this.#durations.observe({ backend, task }, durationMs / 1000)
    }
  }

  predictionEnded({ isText, isAnswered }: EndedPrediction): void {
    this.#predictions.inc({ kind: kindOf(isText), result: resultOf(isAnswered) })
  }

  /** The content type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** All metrics as they are now. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #note(backend: string, task: string): void {
    const tasks = this.#series.get(backend)
    if (tasks === undefined) this.#series.set(backend, new Set([task]))
    else tasks.add(task)
  }

  #drop(backend: string, task: string): void {
    this.#series.get(backend)?.delete(task)
    this.#durations.remove({ backend, task })
    for (const kind of [true, false].map(kindOf))
      for (const result of [true, false].map(resultOf)) this.#attempts.remove({ backend, task, kind, result })
  }

  #describeProcess(version: string): void {
    const registers = [this.#registry]
    new Gauge({
      name: `${PREFIX}info`,
      help: 'The version of the program; always 1.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1)
    new Gauge({
      name: `${PREFIX}start_time_seconds`,
      help: 'When the program started, Unix seconds.',
      registers,
    }).set(Math.floor(Date.now() / 1000 - process.uptime()))
    new Gauge({
      name: `${PREFIX}resident_memory_bytes`,
      help: 'Memory of the process.',
      registers,
      collect() {
        this.set(process.memoryUsage.rss())
      },
    })
  }

  #describeBackends(sample: () => HistorySample): void {
    const registers = [this.#registry]
    for (const [name, help, of] of [
      ['backend_running', 'Predictions that run on the backend.', 'running'],
      ['backend_waiting', 'Predictions that wait for the backend.', 'waiting'],
    ] as const) {
      new Gauge({
        name: PREFIX + name,
        help,
        labelNames: ['backend'],
        registers,
        collect() {
          this.reset()
          for (const backend of sample().backends) this.set({ backend: backend.name }, backend[of])
        },
      })
    }
    new Gauge({
      name: `${PREFIX}backend_state`,
      help: 'Whether the backend is in the state: 1 for one of them, 0 for the others.',
      labelNames: ['backend', 'state'],
      registers,
      collect() {
        this.reset()
        for (const { name, state } of sample().backends)
          for (const one of HISTORY_STATES) this.set({ backend: name, state: one }, one === state ? 1 : 0)
      },
    })
    new Gauge({
      name: `${PREFIX}held`,
      help: 'Image predictions that are held because no backend is there.',
      registers,
      collect() {
        this.set(sample().held)
      },
    })
  }
}
