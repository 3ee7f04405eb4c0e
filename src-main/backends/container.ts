/**
 * The container of one backend: the state of {@link stepContainer} with a timer and an engine, one call of the engine at
 * a time.
 */
import type { ManageConfig } from '../../src-shared/config/schema.ts'
import { STOP_AFTER_MINUTES } from '../../src-shared/limits.ts'
import type { Clock } from '../platform/clock.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import type { ContainerAct } from './container-engine.ts'
import type { ContainerEngines } from './container-engines.ts'
import {
  mayStart,
  NEW_CONTAINER,
  nextCall,
  nextContainerTick,
  stepContainer,
  type ContainerEvent,
  type ContainerFacts,
  type ContainerPhase,
  type ContainerState,
} from './container-state.ts'
import { CONTAINER_PING_MS } from './limits.ts'

export interface ContainerStatus {
  readonly state: ContainerPhase
  /** The problem and its remedy, as a sentence; else empty. */
  readonly problem: string
  /** Its image with the tag; empty before the engine was asked. */
  readonly image: string
}

export interface ManagedContainerOptions {
  /** The backend's name. */
  name: string
  manage: ManageConfig
  engines: Pick<ContainerEngines, 'inspect' | 'act'>
  clock: Clock
  log: Logger
  /** Predictions that run on the backend; call {@link ManagedContainer.ended} when one has ended. */
  inFlight: () => number
  /** Has the backend pinged now; pass the answer to {@link ManagedContainer.pinged}. */
  ping: () => void
  /** The state, its problem or its image changed. */
  onChange: () => void
}

export class ManagedContainer {
  readonly #options: ManagedContainerOptions
  #manage: ManageConfig
  #state = NEW_CONTAINER
  #image = ''
  #working: Promise<void> | undefined
  #cancelTimer: () => void = () => undefined
  #cancelPings: (() => void) | undefined
  #isStopped = false

  constructor(options: ManagedContainerOptions) {
    this.#options = options
    this.#manage = options.manage
    this.#pump()
  }

  /** Takes over settings of the same container in the same engine. */
  adopt(manage: ManageConfig): void {
    this.#manage = manage
    this.#step({ kind: 'tick' })
  }

  get status(): ContainerStatus {
    return { state: this.#state.phase, problem: this.#state.problem, image: this.#image }
  }

  /** Whether a request would have it started: it is stopped, or about to be, and neither paused nor left alone. */
  get canStart(): boolean {
    const isOff = this.#state.phase === 'stopped' || this.#state.phase === 'stopping'
    return isOff && mayStart(this.#state, false, this.#options.clock.mono())
  }

  /** Whether it starts, or will once it has stopped. */
  get isComing(): boolean {
    const { phase, isWantedAgain } = this.#state
    return phase === 'starting' || isWantedAgain || (phase === 'stopping' && this.#state.act === 'restart')
  }

  /**
   * A request needs it: it is started, unless it is paused, or starting it has failed a moment ago.
   * @returns whether it is starting now, or will when it has stopped
   */
  need(): boolean {
    this.#step({ kind: 'needed', byHand: false })
    return this.isComing
  }

  /**
   * *Start*. Returns at once; {@link status} tells how it goes.
   * @throws {AppError} BACKEND_PAUSED (409)
   */
  startByHand(): void {
    if (!mayStart(this.#state, true, this.#options.clock.mono())) {
      throw new AppError('BACKEND_PAUSED', 409, `${this.#options.name} is paused; resume it first`)
    }
    this.#step({ kind: 'needed', byHand: true })
  }

  /** *Stop*: once what runs there has ended. Until a request or *Start* comes. */
  stopByHand(): void {
    this.#step({ kind: 'stop-asked' })
  }

  /** A pause: nothing starts it. @param pause `stop`: and it is stopped once what runs there has ended */
  setPause(pause: ContainerState['pause']): void {
    if (pause !== this.#state.pause) this.#step({ kind: 'pause', pause })
  }

  /** How its `/ping` was answered. */
  pinged(ok: boolean): void {
    this.#step({ kind: 'pinged', ok })
  }

  /** How a prediction there was answered. */
  predicted(how: Extract<ContainerEvent, { kind: 'predicted' }>['how']): void {
    this.#step({ kind: 'predicted', how })
  }

  /** A prediction ended on any backend: a stop that waits for this backend's predictions may be due. */
  ended(): void {
    if (this.#state.phase === 'stopping') this.#pump()
  }

  /** Ends it; the container stays as it is. A call under way is waited for. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer()
    this.#cancelPings?.()
    await this.#working
  }

  get #facts(): ContainerFacts {
    const { stopAfterMinutes = STOP_AFTER_MINUTES } = this.#manage
    return { stopAfterMs: stopAfterMinutes * 60_000, inFlight: this.#options.inFlight() }
  }

  #step(event: ContainerEvent): void {
    if (this.#isStopped) return
    const before = this.#state
    this.#state = stepContainer(before, event, this.#facts, this.#options.clock.mono())
    this.#tell(before)
    this.#pump()
  }

  #tell(before: ContainerState): void {
    const { phase, problem } = this.#state
    if (phase === before.phase && problem === before.problem) return
    const { name: backend, log, onChange } = this.#options
    const { container } = this.#manage
    if (phase !== before.phase) log.info({ backend, container, state: phase }, 'managed container')
    if (problem !== '' && problem !== before.problem)
      log.warn({ backend, reason: problem }, 'managed container')
    onChange()
  }

  #pump(): void {
    if (this.#isStopped) return
    const call =
      this.#working === undefined ? nextCall(this.#state, this.#facts, this.#options.clock.mono()) : undefined
    if (call !== undefined) {
      this.#working = this.#call(call)
      return
    }
    this.#schedule()
  }

  async #call(call: 'inspect' | ContainerAct): Promise<void> {
    const answer = await (call === 'inspect' ? this.#inspect() : this.#act(call))
    this.#working = undefined
    this.#step(answer)
  }

  async #inspect(): Promise<ContainerEvent> {
    const { engines, onChange } = this.#options
    try {
      const { isRunning, image } = await engines.inspect(this.#manage)
      const isNews = image !== this.#image
      this.#image = image
      if (isNews) onChange()
      return { kind: 'seen', isRunning }
    } catch (error) {
      return { kind: 'look-failed', message: errorText(error) }
    }
  }

  async #act(act: ContainerAct): Promise<ContainerEvent> {
    this.#state = stepContainer(this.#state, { kind: 'called' }, this.#facts, this.#options.clock.mono())
    try {
      await this.#options.engines.act(act, this.#manage)
      return { kind: 'done', act }
    } catch (error) {
      return { kind: 'failed', act, message: errorText(error) }
    }
  }

  #schedule(): void {
    const { clock } = this.#options
    this.#cancelTimer()
    this.#pingWhileStarting()
    const at = nextContainerTick(this.#state, this.#facts)
    if (at === undefined) return
    this.#cancelTimer = clock.after(Math.max(0, at - clock.mono()), () => this.#step({ kind: 'tick' }))
  }

  /** A server that starts is there some seconds before the next health check. */
  #pingWhileStarting(): void {
    const { clock, ping } = this.#options
    if (this.#state.phase !== 'starting') {
      this.#cancelPings?.()
      this.#cancelPings = undefined
    } else if (this.#cancelPings === undefined && this.#state.startedAt !== undefined) {
      this.#cancelPings = clock.after(CONTAINER_PING_MS, () => {
        this.#cancelPings = undefined
        ping()
        this.#pingWhileStarting()
      })
    }
  }
}
