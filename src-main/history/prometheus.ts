/** The metrics in the words of prom-client. Loaded with the first question for them. */
import { Counter, Gauge, Histogram, Registry, type MetricType, type MetricValueWithName } from 'prom-client'
import { HISTORY_STATES } from '../../src-shared/history.ts'
import type { HistorySample } from './feed.ts'
import { DURATION_BUCKETS } from './limits.ts'
import { OUTCOMES, type Counted, type MetricsOptions, type TimeLabel } from './metrics.ts'

const PREFIX = 'immich_ml_proxy_'
const TIME_HELP = 'From sending to the whole answer of a backend, of attempts that were answered.'
const TIME_NAME = `${PREFIX}attempt_duration_seconds`

/** A histogram that is filled when it is read: prom-client looks up its labels anew for each single observation. */
class Durations extends Histogram<TimeLabel | 'le'> {
  eachSeries: Counted['series'] = () => []

  override get(): ReturnType<Histogram<TimeLabel | 'le'>['get']> {
    return this.getForPromString()
  }

  /** What the registry calls instead of {@link get} where a metric has it, as all histograms have. */
  // eslint-disable-next-line @typescript-eslint/require-await -- the method of prom-client that it replaces is one
  async getForPromString(): ReturnType<Histogram<TimeLabel | 'le'>['get']> {
    const values: MetricValueWithName<TimeLabel | 'le'>[] = []
    const bounds = [...DURATION_BUCKETS, '+Inf']
    for (const [labels, { buckets, seconds }] of this.eachSeries()) {
      let count = 0
      for (const [index, le] of bounds.entries()) {
        count += buckets[index] ?? 0
        values.push({ metricName: `${TIME_NAME}_bucket`, labels: { ...labels, le }, value: count })
      }
      if (count === 0) values.length -= bounds.length
      else
        values.push(
          { metricName: `${TIME_NAME}_sum`, labels, value: seconds },
          { metricName: `${TIME_NAME}_count`, labels, value: count },
        )
    }
    // The types have an enum of which the package exports no value.
    const type = 'histogram' as unknown as MetricType
    return { name: TIME_NAME, help: TIME_HELP, type, aggregator: 'sum', collect: () => undefined, values }
  }
}

function describeWork(registry: Registry, { predictions, series: eachSeries }: Counted): void {
  const registers = [registry]
  new Counter({
    name: `${PREFIX}predictions_total`,
    help: 'Predictions that Immich was answered.',
    labelNames: ['kind', 'result'],
    registers,
    collect() {
      this.reset()
      for (const [index, outcome] of OUTCOMES.entries()) {
        const count = predictions[index] ?? 0
        if (count > 0) this.inc(outcome, count)
      }
    },
  })
  new Counter({
    name: `${PREFIX}attempts_total`,
    help: 'Attempts that ended on a backend; a prediction that asks for two tasks counts for each.',
    labelNames: ['backend', 'task', 'kind', 'result'],
    registers,
    collect() {
      this.reset()
      for (const [labels, { counts }] of eachSeries()) {
        for (const [index, outcome] of OUTCOMES.entries()) {
          const count = counts[index] ?? 0
          if (count > 0) this.inc({ ...labels, ...outcome }, count)
        }
      }
    },
  })
  new Durations({
    name: TIME_NAME,
    help: TIME_HELP,
    labelNames: ['backend', 'task'],
    buckets: DURATION_BUCKETS,
    registers,
  }).eachSeries = eachSeries
}

function describeProcess(registry: Registry, version: string): void {
  const registers = [registry]
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

function describeBackends(registry: Registry, sample: () => HistorySample): void {
  const registers = [registry]
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

/** A registry of all metrics, which reads them when it is asked. */
export function describeMetrics({ version, sample }: MetricsOptions, counted: Counted): Registry {
  const registry = new Registry()
  describeWork(registry, counted)
  describeProcess(registry, version)
  describeBackends(registry, sample)
  return registry
}
