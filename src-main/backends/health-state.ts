/** The health of one backend as it follows from checks and answers. Pure apart from the clock it is given. */
import type { BackendState, HealthCheck, HealthStatus, LastError } from '../../src-shared/api.ts'
import {
  BENCH_AFTER_FAILURES,
  BENCH_FIRST_MS,
  BENCH_MAX_MS,
  DURATION_SAMPLES,
  HEALTH_HISTORY,
  PING_TIMEOUTS_TO_UNHEALTHY,
} from './limits.ts'

export interface CheckResult {
  ok: boolean
  /** The backend did not answer in time, which may mean that it is busy. */
  timedOut: boolean
  /** Whether there was a connection at all: the system takes one for a busy program too. */
  connected: boolean
  error: string
  durationMs: number
  /** A prediction was running on it during the check. */
  busy: boolean
}

/** How a failed prediction counts towards the bench. */
export type BenchCount =
  | 'at-once'
  /**
   * The connection was lost, and a restart loses all at once: they count as one failure, and only when the next
   * ping says that the backend was there all the while.
   */
  | 'if-up'
  /** It may be the image's fault, or a matter of settings. */
  | 'never'

const seconds = (ms: number): number => Math.floor(ms / 1000)

/** What is known of one backend. */
export class HealthState {
  status: HealthStatus = 'unknown'
  error = ''
  lastCheck = 0
  /** Unix milliseconds since when it has had this status. */
  since: number
  requests = 0
  failures = 0
  /** Stays when it is healthy again: what it was is asked afterwards. */
  lastError: LastError | null = null
  readonly history: HealthCheck[] = []
  readonly #durations: number[] = []
  #durationIndex = 0
  #timeoutsInRow = 0
  #failuresInRow = 0
  #benchMs = 0
  #pingWasGood = false
  /** The last ping said that it is not there, not only that it is late. */
  #wasDown = false
  /** Why connections were lost since the last ping. */
  #lost: string | undefined
  /** On the monotonic clock, milliseconds: a clock set back must not prolong a bench. */
  #benchedUntil = 0

  constructor(wallMs: number) {
    this.since = wallMs
  }

  /** Takes in a health check. Returns whether the status changed. */
  onCheck(result: CheckResult, wallMs: number, monotonicMs: number): boolean {
    this.lastCheck = seconds(wallMs)
    // Late under load is no error.
    if (!result.ok && !(result.timedOut && result.connected && result.busy))
      this.#noteError(result.error, wallMs)
    const changed = this.#judgeCheck(result, wallMs, monotonicMs)
    this.history.push({
      at: seconds(wallMs),
      status: result.ok
        ? 'healthy'
        : result.timedOut && this.status !== 'unhealthy'
          ? 'unknown'
          : 'unhealthy',
      durationMs: Math.round(result.durationMs),
      error: result.error,
    })
    if (this.history.length > HEALTH_HISTORY) this.history.shift()
    return changed
  }

  #judgeCheck(result: CheckResult, wallMs: number, monotonicMs: number): boolean {
    this.#pingWasGood = result.ok
    const isLate = result.timedOut && result.connected
    if (result.ok) {
      this.#timeoutsInRow = 0
      this.#judgeReturn(wallMs, monotonicMs)
      // Its pings were fine all the while its predictions failed: they do not bring it back.
      if (this.isBenched(monotonicMs)) return false
      return this.#set('healthy', '', wallMs)
    }
    this.#wasDown ||= !isLate
    if (!result.timedOut) return this.#set('unhealthy', result.error, wallMs)
    // Late under load is busy, not dead.
    if (result.busy && isLate) return false
    this.#timeoutsInRow++
    if (this.status === 'healthy' && this.#timeoutsInRow < PING_TIMEOUTS_TO_UNHEALTHY) return false
    return this.#set('unhealthy', result.error, wallMs)
  }

  /** It answers pings: what failed while it was away says nothing of how it predicts. */
  #judgeReturn(wallMs: number, monotonicMs: number): void {
    if (this.#wasDown) this.#forgetFailures()
    else if (this.#lost !== undefined) this.#countFailure(this.#lost, wallMs, monotonicMs)
    this.#wasDown = false
    this.#lost = undefined
  }

  #forgetFailures(): void {
    this.#failuresInRow = 0
    this.#benchMs = 0
    this.#benchedUntil = 0
    this.#lost = undefined
  }

  /** Takes in a prediction that was answered with 200. Returns whether the status changed. */
  onSuccess(durationMs: number, wallMs: number): boolean {
    this.requests++
    this.#durations[this.#durationIndex] = durationMs
    this.#durationIndex = (this.#durationIndex + 1) % DURATION_SAMPLES
    this.#timeoutsInRow = 0
    this.#forgetFailures()
    this.lastCheck = seconds(wallMs)
    return this.status === 'healthy' ? false : this.#set('healthy', '', wallMs)
  }

  /** Takes in a prediction that failed through the backend's fault. Returns whether the status changed. */
  onFailure(reason: string, counts: BenchCount, wallMs: number, monotonicMs: number): boolean {
    this.requests++
    this.failures++
    this.#noteError(reason, wallMs)
    this.lastCheck = seconds(wallMs)
    if (counts === 'if-up') this.#lost = reason
    if (counts === 'at-once' && !this.#wasDown) return this.#countFailure(reason, wallMs, monotonicMs)
    return this.#set('unhealthy', reason, wallMs)
  }

  #countFailure(reason: string, wallMs: number, monotonicMs: number): boolean {
    this.#failuresInRow++
    if (this.#failuresInRow < BENCH_AFTER_FAILURES) return this.#set('unhealthy', reason, wallMs)
    // Failures of requests that were already under way do not lengthen the bench.
    if (!this.isBenched(monotonicMs)) {
      this.#benchMs = Math.min(this.#benchMs === 0 ? BENCH_FIRST_MS : this.#benchMs * 2, BENCH_MAX_MS)
      this.#benchedUntil = monotonicMs + this.#benchMs
    }
    const text = `${this.#failuresInRow} predictions in a row failed: ${reason}`
    return this.#set('unhealthy', text, wallMs)
  }

  /**
   * Counts a request that says nothing about the backend's health.
   * @param failure why it failed, where it did
   */
  onNeutral(failure: string | undefined, wallMs: number): void {
    this.requests++
    if (failure === undefined) return
    this.failures++
    this.#noteError(failure, wallMs)
  }

  /** Benched while its pings are fine: better than nothing where nobody else can serve. */
  isLastResort(monotonicMs: number): boolean {
    return this.#pingWasGood && this.isBenched(monotonicMs)
  }

  isBenched(monotonicMs: number): boolean {
    return monotonicMs < this.#benchedUntil
  }

  /** Milliseconds until the bench ends; 0 when there is none. */
  benchLeft(monotonicMs: number): number {
    return Math.max(0, this.#benchedUntil - monotonicMs)
  }

  /** Median of the last answers, milliseconds, or null. */
  p50(): number | null {
    if (this.#durations.length === 0) return null
    const sorted = [...this.#durations].sort((a, b) => a - b)
    return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 10) / 10
  }

  snapshot(inFlight: number, waiting: number, wallMs: number, monotonicMs: number): BackendState {
    const benchLeft = this.benchLeft(monotonicMs)
    return {
      status: this.status,
      lastCheck: this.lastCheck,
      error: this.error,
      since: seconds(this.since),
      history: [...this.history],
      requests: this.requests,
      failures: this.failures,
      lastError: this.lastError,
      p50Ms: this.p50(),
      inFlight,
      waiting,
      benchedUntil: benchLeft > 0 ? Math.ceil((wallMs + benchLeft) / 1000) : null,
    }
  }

  #noteError(text: string, wallMs: number): void {
    this.lastError = { at: seconds(wallMs), text }
  }

  #set(status: HealthStatus, error: string, wallMs: number): boolean {
    this.error = error
    if (this.status === status) return false
    this.status = status
    this.since = wallMs
    return true
  }
}
