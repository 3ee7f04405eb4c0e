/**
 * The owner of the health of all backends: pings them, takes in how their predictions ended, and reports changes. See
 * docs/design/health.md.
 */
import { EventEmitter } from 'node:events'
import type { BackendFigures, HealthStatus } from '../../src-shared/api.ts'
import {
  HEALTH_INTERVAL_MS,
  HEALTH_JITTER,
  HEALTH_TIMEOUT_MS,
  RECHECK_AFTER_FAILURE_MS,
  RECHECK_AFTER_LATE_MS,
  RECHECK_WHILE_BUSY_MS,
} from './limits.ts'
import type { RouteHealth } from '../../src-shared/routing/overall.ts'
import type { Logger } from '../platform/log.ts'
import type { Backend, BackendRegistry } from './backend.ts'
import { BrokenModels } from './broken-models.ts'
import { HealthState, type BackendUse, type BenchCount } from './health-state.ts'
import { pingBackend } from './ping.ts'
import { MODEL_BROKEN_REASON } from './reasons.ts'

interface MonitorEvents {
  /** The status of a backend changed to this one. */
  change: [name: string, status: HealthStatus]
  /** What runs on a backend will not be answered: its pings find no connection any more, or it hangs. */
  gone: [backend: Backend]
  /**
   * A prediction was answered: with success, with 500 where the image is not known to be at fault, or because a model
   * could not be loaded.
   */
  predicted: [backend: Backend, how: 'well' | 'error' | 'model']
  /** A backend's `/ping` was asked. */
  checked: [backend: Backend, ok: boolean]
  /** Any backend's state may have changed. */
  update: []
}

interface Watched {
  readonly state: HealthState
  readonly broken: BrokenModels
  timer: NodeJS.Timeout | undefined
  /** When the timer fires, on the monotonic clock, milliseconds. */
  due: number
  /** The running check; calls at the same time share it. */
  check: Promise<void> | undefined
  /**
   * When the next check is due because a prediction failed during the running one, as {@link due}; Infinity for
   * never.
   */
  recheckAt: number
}

export interface MonitorOptions {
  registry: BackendRegistry
  log: Logger
  /** The value of the hops header of pings, by which this proxy recognises a URL that leads back to itself. */
  hops: string
  /** How busy a backend is. */
  useOf?: (backend: Backend) => BackendUse
  /** Whether predictions are under way, on any backend or waiting for one. */
  isBusy?: () => boolean
}

const IDLE: BackendUse = { slots: 0, inFlight: 0, waiting: 0, answerMs: {} }

/**
 * Owns the health of each backend in force, and the timers of its pings. Predictions report how they ended; other parts
 * read it, or listen to `change`, `gone` and `update`.
 */
export class HealthMonitor extends EventEmitter<MonitorEvents> {
  readonly #registry: BackendRegistry
  readonly #log: Logger
  readonly #hops: string
  readonly #useOf: (backend: Backend) => BackendUse
  readonly #isBusy: () => boolean
  readonly #watched = new Map<Backend, Watched>()
  #running = false

  constructor(options: MonitorOptions) {
    super()
    this.#registry = options.registry
    this.#log = options.log
    this.#hops = options.hops
    this.#useOf = options.useOf ?? (() => IDLE)
    this.#isBusy = options.isBusy ?? (() => false)
  }

  /** Starts the checks: all backends at once, then each every {@link HEALTH_INTERVAL_MS}. */
  start(): void {
    this.#running = true
    this.sync()
  }

  /** Follows a change of the registry: checks all backends at once and forgets removed ones. */
  sync(): void {
    const current = new Set(this.#registry.current.backends)
    for (const [backend, watched] of this.#watched) {
      if (current.has(backend)) continue
      clearTimeout(watched.timer)
      this.#watched.delete(backend)
    }
    for (const backend of current) {
      if (!this.#watched.has(backend)) {
        this.#watched.set(backend, {
          state: new HealthState(Date.now()),
          broken: new BrokenModels(),
          timer: undefined,
          due: 0,
          recheckAt: Infinity,
          check: undefined,
        })
      }
    }
    this.emit('update')
    if (this.#running) void this.checkAll()
  }

  /** Checks every backend at once. Calls at the same time share their checks. Never rejects. */
  async checkAll(): Promise<void> {
    await Promise.all([...this.#watched.keys()].map((backend) => this.check(backend)))
  }

  /** Stops the checks. Health stays as it is. */
  stop(): void {
    this.#running = false
    for (const watched of this.#watched.values()) clearTimeout(watched.timer)
  }

  /** The status of a backend; unknown for one that was removed. */
  statusOf(backend: Backend): HealthStatus {
    return this.#watched.get(backend)?.state.status ?? 'unknown'
  }

  /** Whether a backend is benched as a whole, and its pings are good. */
  isLastResort(backend: Backend): boolean {
    return this.#watched.get(backend)?.state.isLastResort(performance.now()) ?? false
  }

  /** Whether a backend's last ping was late. */
  isLate(backend: Backend): boolean {
    return this.#watched.get(backend)?.state.isLate ?? false
  }

  /** The health of a backend by name; undefined where none of this name is configured. */
  healthOf(name: string): RouteHealth | undefined {
    const backend = this.#registry.current.get(name)
    const state = backend === undefined ? undefined : this.#watched.get(backend)?.state
    if (state === undefined) return undefined
    const { status, lastCheck, error } = state
    return { status, lastCheck, error, isLastResort: state.isLastResort(performance.now()) }
  }

  /** The states of all configured backends by name, in the order of the configuration. */
  states(): Record<string, BackendFigures> {
    const { backends } = this.#registry.current
    return Object.fromEntries([...backends].map((backend) => [backend.name, this.#figures(backend)] as const))
  }

  #figures(backend: Backend): BackendFigures {
    const { state = new HealthState(Date.now()), broken } = this.#watched.get(backend) ?? {}
    const [wallMs, now] = [Date.now(), performance.now()]
    const figures = state.snapshot(this.#useOf(backend), wallMs, now)
    for (const { key, until } of broken?.list(now) ?? []) {
      const untilUnix = Math.ceil((wallMs + until - now) / 1000)
      figures.benched.push({ task: key, until: untilUnix, reason: MODEL_BROKEN_REASON })
    }
    return figures
  }

  /** To be called for a prediction that was answered with 200 after `durationMs`. */
  succeeded(backend: Backend, durationMs: number, tasks: readonly string[]): void {
    this.emit('predicted', backend, 'well')
    const watched = this.#watched.get(backend)
    if (watched?.state.onSuccess(durationMs, tasks, Date.now(), performance.now()) === true)
      this.#changed(backend, watched.state)
  }

  /**
   * To be called for a prediction that failed by the backend's fault: it is unhealthy and is pinged again shortly.
   * @param pauseMs the pause that the backend requested (`Retry-After`), milliseconds
   */
  failed(backend: Backend, reason: string, counts: BenchCount, pauseMs = 0): void {
    const watched = this.#watched.get(backend)
    if (watched === undefined) return
    const changed = watched.state.onFailure(reason, counts, Date.now(), performance.now(), pauseMs)
    if (changed) this.#changed(backend, watched.state)
    else this.emit('update')
    if (watched.check === undefined) this.#schedule(backend, watched, RECHECK_AFTER_FAILURE_MS)
    else watched.recheckAt = Math.min(watched.recheckAt, performance.now() + RECHECK_AFTER_FAILURE_MS)
  }

  /** To be called beside {@link failed} for a prediction that was answered with 500. */
  answered500(backend: Backend): void {
    this.emit('predicted', backend, 'error')
  }

  /**
   * To be called when a prediction is sent to a backend.
   * @returns what {@link ended} is to be given when it has ended, however it did
   */
  sent(backend: Backend, tasks: readonly string[]): boolean {
    return this.#watched.get(backend)?.state.onSend(tasks, performance.now()) ?? false
  }

  ended(backend: Backend, wasFirst: boolean): void {
    this.#watched.get(backend)?.state.onEnd(wasFirst)
  }

  /** To be called for a prediction that it refused and another backend answered: it is benched for the tasks. */
  differed(backend: Backend, tasks: readonly string[], reason: string): void {
    const watched = this.#watched.get(backend)
    if (watched === undefined) return
    watched.state.onDiffered(tasks, reason, Date.now(), performance.now())
    this.#log.warn({ backend: backend.name, reason, tasks }, 'backend refuses what another one answers')
    this.emit('update')
  }

  /** Whether a backend is benched for one of the tasks. */
  isBenchedFor(backend: Backend, tasks: readonly string[]): boolean {
    return this.#watched.get(backend)?.state.isBenchedFor(tasks, performance.now()) ?? false
  }

  /**
   * To be called for a prediction that failed because a model could not be loaded.
   * @param models those of the prediction, as {@link BrokenModels} names them
   */
  cannotLoad(backend: Backend, models: readonly string[], reason: string): void {
    const watched = this.#watched.get(backend)
    if (watched === undefined) return
    const isNews = watched.broken.isEmpty
    watched.broken.add(models, performance.now())
    watched.state.onNeutral(reason, Date.now())
    this.emit('predicted', backend, 'model')
    if (isNews) this.#log.warn({ backend: backend.name, models }, 'backend cannot load its model; restart it')
    this.emit('update')
  }

  /** To be called for a backend whose server is started anew: it may load what it could not load before. */
  restarted(backend: Backend): void {
    this.#watched.get(backend)?.broken.clear()
  }

  /** Whether a backend could not load one of the models a moment ago. @param models asked only where it matters */
  isBrokenFor(backend: Backend, models: () => readonly string[]): boolean {
    return this.#watched.get(backend)?.broken.has(models, performance.now()) ?? false
  }

  /** The models that backends cannot load, by the name of the backend. */
  brokenModels(): { readonly backend: string; readonly model: string }[] {
    const now = performance.now()
    return [...this.#watched].flatMap(([{ name }, { broken }]) =>
      broken.list(now).map(({ key }) => ({ backend: name, model: key })),
    )
  }

  /**
   * To be called for a prediction that ended in a way that says nothing about the backend.
   * @param failure why it failed; undefined where it did not
   */
  neutral(backend: Backend, failure?: string): void {
    this.#watched.get(backend)?.state.onNeutral(failure, Date.now())
  }

  /** Checks one backend at once. Calls at the same time share the check. Never rejects. */
  check(backend: Backend): Promise<void> {
    const watched = this.#watched.get(backend)
    if (watched === undefined) return Promise.resolve()
    watched.check ??= this.#runCheck(backend, watched).finally(() => {
      watched.check = undefined
    })
    return watched.check
  }

  async #runCheck(backend: Backend, watched: Watched): Promise<void> {
    // This check stands for the scheduled one. A failure during it may schedule another one.
    clearTimeout(watched.timer)
    watched.timer = undefined
    watched.recheckAt = Infinity
    const busyBefore = this.#isAtWork(backend)
    const result = await pingBackend(backend.client, { timeoutMs: HEALTH_TIMEOUT_MS, hops: this.#hops })
    if (this.#watched.get(backend) !== watched) return
    const busy = busyBefore || this.#isAtWork(backend)
    // It is being restarted, which mends what it could not load.
    if (!result.ok && !result.timedOut) watched.broken.clear()
    const changed = watched.state.onCheck({ ...result, busy }, Date.now(), performance.now())
    this.emit('checked', backend, result.ok)
    if (changed) this.#changed(backend, watched.state)
    else this.emit('update')
    if (watched.state.isGone) this.emit('gone', backend)
    const jitter = 1 + (Math.random() * 2 - 1) * HEALTH_JITTER
    const benchLeft = watched.state.benchLeft(performance.now())
    const untilBenchEnds = benchLeft > 0 ? benchLeft + 1 : Infinity
    const untilRecheck = Math.max(0, watched.recheckAt - performance.now())
    const isInDoubt = watched.state.isLate && watched.state.status !== 'unhealthy'
    const isMissed = watched.state.status === 'unhealthy' && this.#isBusy()
    const soon = isMissed ? RECHECK_WHILE_BUSY_MS : HEALTH_INTERVAL_MS
    const usual = isInDoubt ? RECHECK_AFTER_LATE_MS : soon
    this.#schedule(backend, watched, Math.min(usual * jitter, untilBenchEnds, untilRecheck))
  }

  #isAtWork(backend: Backend): boolean {
    return this.#useOf(backend).inFlight > 0
  }

  #schedule(backend: Backend, watched: Watched, inMs: number): void {
    if (!this.#running || this.#watched.get(backend) !== watched) return
    const due = performance.now() + inMs
    // The earlier time holds: failures in quick succession would else postpone the next check again and again.
    if (watched.timer !== undefined && watched.due <= due) return
    clearTimeout(watched.timer)
    watched.due = due
    watched.timer = setTimeout(() => {
      watched.timer = undefined
      void this.check(backend)
    }, inMs)
  }

  #changed(backend: Backend, state: HealthState): void {
    const { name } = backend
    if (state.status === 'unhealthy')
      this.#log.warn({ backend: name, reason: state.error }, 'backend is unhealthy')
    else this.#log.warn({ backend: name }, `backend is ${state.status}`)
    this.emit('change', name, state.status)
    this.emit('update')
  }
}
