/**
 * Joins all that decides whether a backend can be used: its health, its waking, a pause, the state of its container.
 * All parts that send requests to backends or show them read it here.
 */
import { EventEmitter } from 'node:events'
import type { Availability, BackendStates, Standing } from '../../src-shared/api.ts'
import type { CourtesyState } from '../../src-shared/pause.ts'
import { isAsked, type RouteHealth } from '../../src-shared/routing/overall.ts'
import type { WakeConfig } from '../../src-shared/config/schema.ts'
import type { Logger } from '../platform/log.ts'
import type { Backend, BackendRegistry } from './backend.ts'
import type { ManagedContainers } from './containers.ts'
import { USUAL_START_MS, USUAL_WAKE_MS } from './limits.ts'
import type { HealthMonitor } from './monitor.ts'
import { Waker, type WakeReason } from './wake.ts'

/** The sources of a backend's availability beside its health and its waking. */
export type ClaimSource = 'pause' | 'container'

/** The availability that a source reports. */
export interface Claim extends Standing {
  readonly availability: Exclude<Availability, 'serving' | 'away' | 'waking'>
  /** Of a pause: text queries are still sent to it. */
  readonly keepsSearch?: boolean
}

interface AvailabilityEvents {
  /** The health or the availability of a backend changed: another choice may be better now. */
  change: [name: string]
  /** Anything of any backend may have changed. */
  update: []
}

export interface AvailabilityOptions {
  registry: Pick<BackendRegistry, 'current'>
  monitor: HealthMonitor
  log: Logger
  /** How magic packets are sent; over UDP by default. */
  sendPackets?: ((wake: WakeConfig) => Promise<void>) | undefined
  /** Starts the containers of backends. */
  containers?: () => StartableContainers
  /** The courtesy state of a backend, for its status. */
  courtesyOf?: (name: string) => CourtesyState
  /** How many predictions wait for a backend to come back. */
  held?: (backend: Backend) => number
}

export type StartableContainers = Pick<ManagedContainers, 'need' | 'canStart' | 'isComing' | 'isEmpty'>

interface OwnWaker {
  readonly waker: Waker
  /** How long it took the last time, milliseconds; undefined before. */
  tookMs: number | undefined
  /** Since when it is being woken, on the monotonic clock; undefined while it is not. */
  since: number | undefined
  /** The settings of the waker, as text; a change makes a new one. */
  readonly madeWith: string
}

const NO_COURTESY: CourtesyState = { pause: null, container: null, courtesyProblems: [] }
const SERVING: Standing = { availability: 'serving', reason: '', until: null }

/**
 * Owns the availability of each backend, and the wakers of those that can be woken. Courtesy and containers report
 * their part by {@link set}; other parts read it or listen to `update`.
 */
export class BackendAvailability extends EventEmitter<AvailabilityEvents> {
  readonly #options: AvailabilityOptions
  /**
   * By the name of the backend. An entry stays until its source removes it, also while the backend is not configured.
   */
  readonly #claims: Readonly<Record<ClaimSource, Map<string, Claim>>> = {
    pause: new Map(),
    container: new Map(),
  }
  readonly #wakers = new Map<string, OwnWaker>()
  /** The availability of each backend at the last event. */
  readonly #told = new Map<string, string>()

  constructor(options: AvailabilityOptions) {
    super()
    this.#options = options
    options.monitor.on('change', (name) => {
      // The next `update` tells it, once this backend's waker has heard of the answer.
      this.#told.delete(name)
    })
    options.monitor.on('update', () => this.#look())
  }

  /** Follows a change of the registry. */
  sync(): void {
    const current = new Map(
      [...this.#options.registry.current.backends].map((backend) => [backend.name, backend]),
    )
    for (const [name, { waker, madeWith }] of this.#wakers) {
      if (wakeSettings(current.get(name)) === madeWith) continue
      waker.stop()
      this.#wakers.delete(name)
    }
    for (const backend of current.values()) this.#addWaker(backend)
    for (const name of this.#told.keys()) if (!current.has(name)) this.#told.delete(name)
    this.#look()
  }

  /** Stops waking. The entries of the sources stay. */
  stop(): void {
    for (const { waker } of this.#wakers.values()) waker.stop()
  }

  /**
   * Sets the availability that a source reports for a backend; undefined removes it.
   * @param name of a backend, which may not be configured at the moment
   */
  set(name: string, source: ClaimSource, claim: Claim | undefined): void {
    if (claim === undefined) this.#claims[source].delete(name)
    else this.#claims[source].set(name, claim)
    this.#look()
  }

  /** The availability of a backend; undefined where none of this name is configured. A pause overrides all else. */
  standingOf(name: string): Standing | undefined {
    const health = this.#options.monitor.healthOf(name)
    if (health === undefined) return undefined
    const { pause, container } = this.#claimsOf(name)
    const claim = pause ?? container
    if (claim !== undefined)
      return { availability: claim.availability, reason: claim.reason, until: claim.until }
    const wake = this.#wakers.get(name)?.waker.status
    const problem = wake?.problem ?? ''
    if (wake?.state === 'waking')
      return { availability: 'waking', reason: withMore('waking', problem), until: null }
    if (health.status !== 'unhealthy' || health.isLastResort === true) return SERVING
    return { availability: 'away', reason: withMore(health.error, problem), until: null }
  }

  /**
   * Whether requests may be sent to a backend, by its availability and not its health.
   * @param isText all entries of the request are text queries, which some pauses let through
   */
  mayBeAsked({ name }: Pick<Backend, 'name'>, isText: boolean): boolean {
    const { pause, container } = this.#claimsOf(name)
    if (container !== undefined) return false
    if (pause !== undefined) return isText && pause.keepsSearch === true
    return this.#wakers.get(name)?.waker.isWaking !== true
  }

  /** Whether a backend is paused but takes text queries: it is chosen only where there is no other. */
  isReserved({ name }: Pick<Backend, 'name'>): boolean {
    return this.#claims.pause.has(name)
  }

  /** Whether a backend can answer now. */
  isReady(backend: Backend, isText: boolean): boolean {
    return this.#options.monitor.statusOf(backend) === 'healthy' && this.mayBeAsked(backend, isText)
  }

  /**
   * Wakes a backend that a request needs, where it sleeps and may be woken for this, and starts its container where
   * that is stopped. Does neither while it is paused.
   * @returns whether it is waking or starting now
   */
  need({ name }: Pick<Backend, 'name'>, reason: WakeReason): boolean {
    const mayStart = reason !== 'hand' && !this.#claims.pause.has(name)
    if (mayStart && this.#containers?.need(name) === true) return true
    const waker = this.#wakers.get(name)?.waker
    if (waker === undefined || this.#isAwake(name)) return false
    const isClaimed = this.#claims.pause.has(name) || this.#claims.container.has(name)
    if (reason !== 'hand' && isClaimed) return waker.isWaking
    const isWaking = waker.need(reason)
    const own = this.#wakers.get(name)
    if (own !== undefined && isWaking) own.since ??= performance.now()
    return isWaking
  }

  get #containers(): StartableContainers | undefined {
    return this.#options.containers?.()
  }

  /** Whether any backend can be woken or started at all. */
  get canWake(): boolean {
    return this.#wakers.size > 0 || this.#containers?.isEmpty === false
  }

  /** Whether the container of a backend starts, or will once it has stopped. */
  isStarting({ name }: Pick<Backend, 'name'>): boolean {
    return this.#containers?.isComing(name) === true
  }

  /** How long a backend takes from the first magic packet until it answers, milliseconds: as the last time. */
  wakeMs({ name }: Pick<Backend, 'name'>): number {
    if (this.#containers?.canStart(name) === true) return USUAL_START_MS
    return this.#wakers.get(name)?.tookMs ?? USUAL_WAKE_MS
  }

  /** Whether an image may wake a backend, or start its container, by its settings. */
  comesForImages(backend: Pick<Backend, 'name'>): boolean {
    return this.wakesOn(backend, 'image')
  }

  /** Whether a backend can be woken or started for this, by its settings. */
  wakesOn({ name }: Pick<Backend, 'name'>, reason: WakeReason): boolean {
    if (this.#containers?.canStart(name) === true && !this.#claims.pause.has(name)) return true
    return this.#wakers.get(name)?.waker.wakesOn(reason) === true
  }

  /** The health and the availability of a backend; undefined where none of this name is configured. */
  healthOf(name: string): RouteHealth | undefined {
    const health = this.#options.monitor.healthOf(name)
    const standing = this.standingOf(name)
    if (health === undefined || standing === undefined) return undefined
    const { availability, reason } = standing
    const { pause, container } = this.#claimsOf(name)
    const keepsSearch = container === undefined && pause?.keepsSearch === true
    if (isAsked(availability)) return { ...health, availability }
    // Its own status decides whether a search is served; everybody is told of the pause.
    if (keepsSearch) return { ...health, error: reason, availability, keepsSearch }
    return { ...health, status: 'unhealthy', error: reason, availability }
  }

  /** The models that backends cannot load; see {@link HealthMonitor.brokenModels}. */
  brokenModels(): ReturnType<HealthMonitor['brokenModels']> {
    return this.#options.monitor.brokenModels()
  }

  /** The states of all configured backends by name, in the order of the configuration. */
  states(): BackendStates {
    const { monitor, registry, held } = this.#options
    // A backend may be called `__proto__`, which an assignment would lose.
    const states = Object.entries(monitor.states()).map(([name, figures]) => {
      const backend = registry.current.get(name)
      const waiting = backend === undefined ? 0 : (held?.(backend) ?? 0)
      return [name, { ...figures, ...this.#standingAndCourtesy(name), held: waiting }] as const
    })
    return Object.fromEntries(states)
  }

  #standingAndCourtesy(name: string): Standing & CourtesyState {
    return { ...(this.standingOf(name) ?? SERVING), ...(this.#options.courtesyOf?.(name) ?? NO_COURTESY) }
  }

  #claimsOf(name: string): Readonly<Record<ClaimSource, Claim | undefined>> {
    return { pause: this.#claims.pause.get(name), container: this.#claims.container.get(name) }
  }

  #addWaker(backend: Backend): void {
    const { wake } = backend.config
    const { log, sendPackets } = this.#options
    if (wake === undefined || this.#wakers.has(backend.name)) return
    const waker = new Waker({
      name: backend.name,
      wake,
      log,
      onChange: () => this.#look(),
      ...(sendPackets === undefined ? {} : { send: sendPackets }),
    })
    this.#wakers.set(backend.name, {
      waker,
      madeWith: wakeSettings(backend),
      tookMs: undefined,
      since: undefined,
    })
  }

  #isAwake(name: string): boolean {
    const health = this.#options.monitor.healthOf(name)
    return health?.status === 'healthy' || health?.isLastResort === true
  }

  /** Tells what has changed since the last time. */
  #look(): void {
    for (const [name, own] of this.#wakers) {
      if (!own.waker.isWaking) own.since = undefined
      if (own.waker.isIdle || !this.#isAwake(name)) continue
      if (own.since !== undefined) own.tookMs = performance.now() - own.since
      own.since = undefined
      // This changes the waker, which looks again. It also ends the pause after a wake that was given up too early.
      own.waker.answered()
    }
    for (const { name } of this.#options.registry.current.backends) {
      const text = JSON.stringify(this.standingOf(name))
      if (this.#told.get(name) === text) continue
      this.#told.set(name, text)
      this.emit('change', name)
    }
    this.emit('update')
  }
}

/** The settings of a backend that its waker depends on, to be compared. */
function wakeSettings(backend: Backend | undefined): string {
  return JSON.stringify([backend?.config.url, backend?.config.wake])
}

const withMore = (text: string, more: string): string => (more === '' ? text : `${text}; ${more}`)
