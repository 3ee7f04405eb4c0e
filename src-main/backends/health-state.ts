/**
 * The health of one backend, derived from its pings and its answers to predictions. Pure: it reads no clock. The
 * rules and the fault behind each are in docs/design/health.md.
 */
import type {
  BackendFigures,
  BenchedTask,
  HealthCheck,
  HealthStatus,
  LastError,
} from '../../src-shared/api.ts'
import { canonicalName } from '../../src-shared/config/names.ts'
import {
  BENCH_AFTER_FAILURES,
  BENCH_FIRST_MS,
  BENCH_MAX_MS,
  DURATION_SAMPLES,
  HEALTH_HISTORY,
  LOADING_SILENCE_MS,
  MAX_ASKED_TASKS,
  MAX_BENCHED_TASKS,
  MODEL_KEPT_MS,
  PING_TIMEOUTS_TO_UNHEALTHY,
  SILENCE_MS,
} from './limits.ts'

/** How busy a backend is, as it is shown. */
export type BackendUse = Pick<BackendFigures, 'slots' | 'inFlight' | 'waiting' | 'answerMs'>

/** What one ping of a backend showed. */
export interface CheckResult {
  ok: boolean
  /** It did not answer in time: it is busy or gone. */
  timedOut: boolean
  /** There was a connection. The operating system accepts connections for a program that is busy, too. */
  connected: boolean
  /** Empty where `ok`. */
  error: string
  durationMs: number
  /** A prediction ran on it when the ping was sent or when it ended. */
  busy: boolean
}

/** How a failed prediction counts towards a bench. */
export type BenchCount =
  /** The backend answered wrongly: one more failure in a row. */
  | 'at-once'
  /**
   * The connection was lost. A restart of the backend loses all connections at once, so they count as one failure,
   * and only where the next ping shows that the backend had not been away.
   */
  | 'if-up'
  /** The image or the settings may be the cause. */
  | 'never'

interface TaskBench {
  /** On the monotonic clock, milliseconds. */
  until: number
  ms: number
  reason: string
}

const nextBench = (ms: number): number => Math.min(ms === 0 ? BENCH_FIRST_MS : ms * 2, BENCH_MAX_MS)
const seconds = (ms: number): number => Math.floor(ms / 1000)

/**
 * Owns the health of one backend: what its pings and predictions showed, its bench, and the tasks it is benched for.
 * All times are given with the call.
 */
export class HealthState {
  status: HealthStatus = 'unknown'
  /** Why it is unhealthy, else empty. */
  error = ''
  /** Unix seconds of the last ping or answer; 0 before the first. */
  lastCheck = 0
  /** Since when it has this status, Unix milliseconds. */
  since: number
  /** Predictions sent to it, and those of them that failed. */
  requests = 0
  failures = 0
  /** Kept when it is healthy again, so that the user can still read what happened. */
  lastError: LastError | null = null
  /** Its last ping was late: it is busy or hangs, and others are asked first. */
  isLate = false
  /**
   * Its pings find no connection any more, or it was silent for too long: requests that run there will get no answer.
   */
  isGone = false
  readonly history: HealthCheck[] = []
  readonly #durations: number[] = []
  #durationIndex = 0
  #timeoutsInRow = 0
  #failuresInRow = 0
  #benchMs = 0
  #pingWasGood = false
  /** A ping since the last good one was refused or answered wrongly, not only late: the backend has been away. */
  #wasDown = false
  /** Why connections of predictions were lost since the last good ping; undefined where none was. */
  #lost: string | undefined
  /** On the monotonic clock, milliseconds: setting the computer's clock back must not prolong a bench. */
  #benchedUntil = 0
  /** The end of the pause that the backend asked for (`Retry-After`), on the monotonic clock. */
  #pausedUntil = 0
  /** The tasks that it refused and another backend answered, by canonical name. */
  readonly #taskBenches = new Map<string, TaskBench>()
  /** When it last answered anything, on the monotonic clock; undefined before. */
  #lastSign: number | undefined
  /** When each task was last asked, on the monotonic clock. */
  readonly #asked = new Map<string, number>()
  /** Predictions that run there and for which it may have to load models. */
  #loading = 0

  constructor(wallMs: number) {
    this.since = wallMs
  }

  /**
   * Takes in a ping.
   * @param wallMs the time, Unix milliseconds
   * @param monotonicMs the time on the monotonic clock, milliseconds
   * @returns whether the status changed
   */
  onCheck(result: CheckResult, wallMs: number, monotonicMs: number): boolean {
    this.lastCheck = seconds(wallMs)
    // A late answer of a busy backend is no error.
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
    this.isLate = isLate
    if (result.ok) {
      this.#answered(monotonicMs)
      this.#timeoutsInRow = 0
      this.#judgeReturn(wallMs, monotonicMs)
      // Its pings were good while its predictions failed, so a good ping does not end the bench.
      if (this.isBenched(monotonicMs)) return false
      return this.#set('healthy', '', wallMs)
    }
    this.#wasDown ||= !isLate
    this.#lastSign ??= monotonicMs
    if (isLate && result.busy) return this.#judgeSilence(wallMs, monotonicMs)
    const changed = this.#judgeFailedPing(result, wallMs)
    this.isGone = !result.connected && this.status === 'unhealthy'
    return changed
  }

  #judgeFailedPing(result: CheckResult, wallMs: number): boolean {
    if (!result.timedOut) return this.#set('unhealthy', result.error, wallMs)
    this.#timeoutsInRow++
    if (this.status === 'healthy' && this.#timeoutsInRow < PING_TIMEOUTS_TO_UNHEALTHY) return false
    return this.#set('unhealthy', result.error, wallMs)
  }

  /** Late while a prediction runs: the backend is busy, unless it has been silent for too long. */
  #judgeSilence(wallMs: number, monotonicMs: number): boolean {
    const limitMs = this.#loading > 0 ? LOADING_SILENCE_MS : SILENCE_MS
    if (monotonicMs - (this.#lastSign ?? monotonicMs) < limitMs) return false
    this.isGone = true
    return this.#set('unhealthy', `no ping and no answer for ${limitMs / 1000} s`, wallMs)
  }

  /** The backend answered. */
  #answered(monotonicMs: number): void {
    this.#lastSign = monotonicMs
    this.isLate = false
    this.isGone = false
  }

  /**
   * Takes in that a prediction is sent to it.
   * @returns whether models may have to be loaded for it; to be given to {@link onEnd}
   */
  onSend(tasks: readonly string[], monotonicMs: number): boolean {
    let isFirst = false
    for (const task of tasks) {
      const asked = this.#asked.get(task)
      if (asked === undefined || monotonicMs - asked > MODEL_KEPT_MS) isFirst = true
      if (asked === undefined && this.#asked.size >= MAX_ASKED_TASKS) this.#asked.clear()
      this.#asked.set(task, monotonicMs)
    }
    if (isFirst) this.#loading++
    return isFirst
  }

  /** Takes in that it has ended. */
  onEnd(wasFirst: boolean): void {
    if (wasFirst) this.#loading--
  }

  /**
   * A good ping. Where the backend has been away, its failures are forgotten: they say nothing about how it predicts.
   * Where it has not, lost connections were its own fault and count as one failure.
   */
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

  /** Takes in a prediction that was answered with 200 after `durationMs`. Returns whether the status changed. */
  onSuccess(durationMs: number, tasks: readonly string[], wallMs: number, monotonicMs: number): boolean {
    this.requests++
    this.#answered(monotonicMs)
    if (this.#taskBenches.size > 0) for (const task of tasks) this.#taskBenches.delete(canonicalName(task))
    this.#durations[this.#durationIndex] = durationMs
    this.#durationIndex = (this.#durationIndex + 1) % DURATION_SAMPLES
    this.#timeoutsInRow = 0
    this.#forgetFailures()
    this.lastCheck = seconds(wallMs)
    // The backend asked for a pause, and still finishes earlier requests.
    if (this.isBenched(monotonicMs)) return false
    return this.status === 'healthy' ? false : this.#set('healthy', '', wallMs)
  }

  /**
   * Takes in a prediction that it refused (4xx) and another backend answered: it is benched for these tasks, at first for
   * {@link BENCH_FIRST_MS}, then for twice as long each time. Its health stays: it may well do others.
   */
  onDiffered(tasks: readonly string[], reason: string, wallMs: number, monotonicMs: number): void {
    this.requests++
    this.failures++
    this.#answered(monotonicMs)
    this.#noteError(reason, wallMs)
    for (const task of new Set(tasks.map(canonicalName))) {
      const bench = this.#taskBenches.get(task)
      // Requests that were sent before the bench began do not prolong it.
      if (bench !== undefined && monotonicMs < bench.until) continue
      if (bench === undefined && this.#taskBenches.size >= MAX_BENCHED_TASKS) continue
      const ms = nextBench(bench?.ms ?? 0)
      this.#taskBenches.set(task, { until: monotonicMs + ms, ms, reason })
    }
  }

  /** Whether one of the tasks is benched. */
  isBenchedFor(tasks: readonly string[], monotonicMs: number): boolean {
    if (this.#taskBenches.size === 0) return false
    return tasks.some((task) => (this.#taskBenches.get(canonicalName(task))?.until ?? 0) > monotonicMs)
  }

  /**
   * Takes in a prediction that failed by the backend's fault.
   * @param pauseMs the pause that the backend requested (`Retry-After`), milliseconds
   * @returns whether the status changed
   */
  onFailure(reason: string, counts: BenchCount, wallMs: number, monotonicMs: number, pauseMs = 0): boolean {
    this.#pausedUntil = Math.max(this.#pausedUntil, pauseMs === 0 ? 0 : monotonicMs + pauseMs)
    this.requests++
    this.failures++
    this.#noteError(reason, wallMs)
    this.lastCheck = seconds(wallMs)
    if (counts === 'if-up') {
      this.#lost = reason
      // A ping had told why already, as `no ping and no answer for 10 s`; that what ran there ended says less.
      if (this.status === 'unhealthy') return false
    }
    if (counts === 'at-once' && !this.#wasDown) return this.#countFailure(reason, wallMs, monotonicMs)
    return this.#set('unhealthy', reason, wallMs)
  }

  #countFailure(reason: string, wallMs: number, monotonicMs: number): boolean {
    this.#failuresInRow++
    if (this.#failuresInRow < BENCH_AFTER_FAILURES) return this.#set('unhealthy', reason, wallMs)
    // Requests that were sent before the bench began may still fail; they do not prolong it.
    if (monotonicMs >= this.#benchedUntil) {
      this.#benchMs = nextBench(this.#benchMs)
      this.#benchedUntil = monotonicMs + this.#benchMs
    }
    const text = `${this.#failuresInRow} predictions in a row failed: ${reason}`
    return this.#set('unhealthy', text, wallMs)
  }

  /**
   * Counts a prediction that says nothing about the backend's health.
   * @param failure why it failed; undefined where it did not
   */
  onNeutral(failure: string | undefined, wallMs: number): void {
    this.requests++
    if (failure === undefined) return
    this.failures++
    this.#noteError(failure, wallMs)
  }

  /** Benched, but its pings are good: it is used where no other backend can serve. */
  isLastResort(monotonicMs: number): boolean {
    return this.#pingWasGood && this.isBenched(monotonicMs)
  }

  /** Whether it is left out for a time because its predictions failed. */
  isBenched(monotonicMs: number): boolean {
    return monotonicMs < Math.max(this.#benchedUntil, this.#pausedUntil)
  }

  /** Milliseconds until the bench ends; 0 where there is none. */
  benchLeft(monotonicMs: number): number {
    return Math.max(0, Math.max(this.#benchedUntil, this.#pausedUntil) - monotonicMs)
  }

  /** Median time of the last DURATION_SAMPLES answers, milliseconds; null before the first. */
  p50(): number | null {
    if (this.#durations.length === 0) return null
    const sorted = [...this.#durations].sort((a, b) => a - b)
    return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 10) / 10
  }

  /** The state as the API shows it. */
  snapshot(use: BackendUse, wallMs: number, monotonicMs: number): BackendFigures {
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
      ...use,
      benchedUntil: benchLeft > 0 ? Math.ceil((wallMs + benchLeft) / 1000) : null,
      benched: this.#benchedTasks(wallMs, monotonicMs),
    }
  }

  #benchedTasks(wallMs: number, monotonicMs: number): BenchedTask[] {
    return [...this.#taskBenches]
      .filter(([, { until }]) => until > monotonicMs)
      .map(([task, { until, reason }]) => ({
        task,
        until: Math.ceil((wallMs + until - monotonicMs) / 1000),
        reason,
      }))
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
