/**
 * The Immich whose queues are guarded: owns its guard, the losses and the progress, takes in what its requests tell,
 * and carries out the calls of the HTTP API.
 */
import { EventEmitter } from 'node:events'
import type { ImmichConfig } from '../../src-shared/config/schema.ts'
import {
  GUARDED_TASKS,
  guardedTask,
  keptLosses,
  QUEUE_OF_TASK,
  type GuardedQueue,
  type GuardedTask,
  type ImmichStatus,
  type LossReason,
  type Progress,
} from '../../src-shared/immich.ts'
import { AppError } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { ImmichClient } from './client.ts'
import { systemClock, type Clock } from '../platform/clock.ts'
import { QueueGuard } from './guard.ts'
import { pauseProblem, type Facts } from './guard-decide.ts'
import { comparableHost, hostOf, RecentHosts } from './hosts.ts'
import { GuardStore } from './guard-store.ts'
import { IMAGE_LOOK_MS, RELEASE_BUDGET_MS } from './limits.ts'
import { Losses, type CatchUpEnd } from './losses.ts'
import { ProgressKeeper } from './progress.ts'
import { guardStatus, noImmich, urlsProblem } from './status.ts'
import { UsedModels } from './used-models.ts'

interface ImmichEvents {
  /** Anything of the status may have changed. */
  change: []
}

export interface ImmichOptions {
  /** The user data folder. */
  folder: string
  log: Logger
  clock?: Clock | undefined
}

/** An image that was lost: Immich was told that it failed, and does not send it again. */
export interface LostImage {
  /** The task of the request, in either spelling. */
  readonly task: string
  readonly reason: LossReason
  /** What the client was told. */
  readonly text: string
  /** The request's `Host` header. */
  readonly host: string | undefined
}

const TASK_OF_QUEUE = Object.fromEntries(
  GUARDED_TASKS.map((task) => [QUEUE_OF_TASK[task], task]),
) as Readonly<Record<GuardedQueue, GuardedTask>>

/** A guard and its connections to Immich. */
interface Running {
  readonly config: ImmichConfig
  readonly client: ImmichClient
  readonly guard: QueueGuard
}

/** @throws {AppError} CATCH_UP_RUNS or QUEUE_PAUSED, where a catch-up of a queue would not run now */
function requireFree(guard: QueueGuard, queue: GuardedQueue): void {
  const { pause, seen, catchUp } = guard.state.queues[queue]
  if (catchUp !== undefined) {
    throw new AppError('CATCH_UP_RUNS', 409, `Immich looks for what is missing in ${queue} already`)
  }
  const isAdmins = pause === undefined && seen?.reading?.isPaused === true
  if (!isAdmins && pause?.why !== 'hand') return
  const where = isAdmins ? 'in Immich' : 'here'
  throw new AppError('QUEUE_PAUSED', 409, `${queue} was paused by hand ${where}; resume it first`)
}

/**
 * Owns the guard of the Immich that is set, the losses and the progress; without settings it only counts losses.
 * Settings are taken over one after the other.
 */
export class Immich extends EventEmitter<ImmichEvents> {
  readonly losses: Losses
  readonly #options: ImmichOptions
  readonly #clock: Clock
  readonly #stored: GuardStore
  readonly #hosts = new RecentHosts()
  readonly #progress = new ProgressKeeper()
  readonly #usedModels = new UsedModels()
  /** Whether a permitted backend of a task is up. */
  readonly #served = new Map<GuardedTask, boolean>()
  /** When an image of a queue's task came last, Unix milliseconds. */
  readonly #imageAt = new Map<GuardedQueue, number>()
  #running: Running | undefined
  #applying: Promise<void> = Promise.resolve()

  constructor(options: ImmichOptions) {
    super()
    const { folder, log, clock = systemClock } = options
    this.#options = options
    this.#clock = clock
    this.#stored = new GuardStore(folder, log)
    this.losses = new Losses({ folder, log, clock, onChange: () => this.emit('change') })
  }

  /**
   * Takes over the settings. Another URL or key, or none, resumes first what was paused under the old ones. Changes
   * come one after the other; never rejects.
   */
  apply(config: ImmichConfig | undefined): Promise<void> {
    this.#applying = this.#applying.then(() => this.#apply(config))
    return this.#applying
  }

  /**
   * Checks that the guard may be *on*: its pauses must be stored for the next start.
   * @throws {AppError} STATE_UNWRITABLE
   */
  requireWritable(): void {
    this.#stored.requireWritable()
  }

  /** Takes in whether a permitted backend of a task is up. Called at the start and at each change. */
  served(task: GuardedTask, served: boolean): void {
    this.#served.set(task, served)
    this.#running?.guard.served(QUEUE_OF_TASK[task], served)
  }

  /** Of all the models that cannot be loaded now, those that Immich may use; see {@link UsedModels}. */
  usedOf(models: readonly string[]): ReadonlySet<string> {
    return this.#usedModels.of(models, this.#running?.guard.state.urls, this.#clock.wall())
  }

  /** A request of `/ping` or `/predict` came. @param host its `Host` header */
  sawHost(host: string | undefined): void {
    this.#hosts.see(host, this.#clock.mono(), (name) => this.#isNamed(name))
  }

  /** To be called when an image came, before its result is known. */
  imageCame(task: string): void {
    const known = guardedTask(task)
    if (known === undefined) return
    const [queue, now] = [QUEUE_OF_TASK[known], this.#clock.wall()]
    const before = this.#imageAt.get(queue) ?? 0
    this.#imageAt.set(queue, now)
    this.#progress.worked(this.#clock.mono())
    // Many images come in a second, and the guard's rules are in seconds.
    if (Math.abs(now - before) >= IMAGE_LOOK_MS) this.#running?.guard.look()
  }

  /** An image was answered with success. */
  succeeded(task: string): void {
    this.#progress.succeeded(task, this.#clock.mono())
  }

  /** An image was lost. */
  lost({ task, reason, text, host }: LostImage): void {
    this.losses.add({ task, reason, text, isImmichs: this.#isImmichs(host) })
    this.#running?.guard.look()
  }

  /** The computer is about to sleep, or the app to end and its user wants the queues paused. Takes 2 s at most. */
  async suspend(why: 'suspend' | 'quit'): Promise<void> {
    await this.#running?.guard.suspend(why)
  }

  /** The computer is awake again. */
  woke(): void {
    this.#running?.guard.woke()
  }

  /** To be called when a page reads the progress: Immich is asked for its counts while a page is open. */
  looked(): void {
    this.#progress.looked(this.#clock.mono())
    this.#running?.guard.look()
  }

  /** Whether we have paused one of its queues: its jobs come here only after the pause. */
  get hasPaused(): boolean {
    return (this.#running?.guard.paused.length ?? 0) > 0
  }

  progress(): Progress {
    return this.#progress.progress(this.#clock.mono())
  }

  status(): ImmichStatus {
    const running = this.#running
    const told =
      running === undefined
        ? noImmich('off')
        : guardStatus({
            state: running.guard.state,
            greeting: running.guard.greeting,
            saveProblem: running.guard.saveProblem,
            refused: running.guard.refusedPermissions,
            facts: this.#facts(),
            now: this.#clock.wall(),
          })
    return {
      ...told,
      configured: running !== undefined,
      problems: [...told.problems, ...this.#leftBehind(running?.config.url)],
      losses: this.losses.immichs(),
      otherLosses: this.losses.others(),
    }
  }

  /**
   * Pauses Immich's queues until {@link resumeByHand}.
   * @throws {AppError} IMMICH_NOT_SET_UP, GUARD_NOT_ON, or what Immich refuses
   */
  async pauseByHand(): Promise<void> {
    await this.#requireOn().guard.pauseByHand()
  }

  /**
   * Ends our pauses; what an admin paused in Immich stays paused.
   * @throws {AppError} IMMICH_NOT_SET_UP
   */
  resumeByHand(): void {
    const { guard } = this.#require()
    for (const queue of guard.paused) guard.askResume(queue)
  }

  /**
   * Makes Immich look for what is missing, however recent the last time is. Where the guard is on and may pause, this
   * waits until no job is at work; else Immich is asked at once, and refuses while one is.
   * @param tasks by default those with losses, or all where none has any
   * @throws {AppError} IMMICH_NOT_SET_UP, NOT_SERVED where no backend could do the work, IMMICH_BUSY and the like
   */
  async missingByHand(tasks: readonly GuardedTask[] = this.#tasksToCatchUp()): Promise<void> {
    const { guard, client } = this.#require()
    const isWatched = guard.state.mode !== 'off'
    const unserved = tasks.filter((task) => this.#served.get(task) !== true)
    if (unserved.length > 0) {
      throw new AppError(
        'NOT_SERVED',
        409,
        `No backend for ${unserved.join(', ')} is there, so all would be lost again; try again when one is`,
      )
    }
    for (const task of tasks) requireFree(guard, QUEUE_OF_TASK[task])
    const isGuarded = guard.state.mode === 'on' && pauseProblem(guard.state, this.#facts()) === undefined
    for (const task of tasks) {
      if (isGuarded) guard.askCatchUp(QUEUE_OF_TASK[task])
      else if (isWatched) await guard.startCatchUp(QUEUE_OF_TASK[task])
      // Its end will not be seen, so that its losses stay counted.
      else await client.startMissing(QUEUE_OF_TASK[task])
    }
  }

  /** A user has seen the losses: sets back those of other clients, and {@link keptLosses}. */
  lossesSeen(): void {
    this.losses.forget(keptLosses(this.status()))
  }

  /**
   * Turns the guard off, and waits until what we paused runs again, 5 s at most: this program is about to be removed.
   * @returns what may still be paused, as sentences
   */
  async release(config: ImmichConfig | undefined): Promise<string[]> {
    await this.apply(config === undefined ? undefined : { ...config, guard: 'off' })
    await this.#running?.guard.release(RELEASE_BUDGET_MS)
    return this.#leftBehind(undefined)
  }

  /** Ends it. What we paused stays paused, and is found by the next start. */
  async stop(): Promise<void> {
    await this.#applying
    await this.#end()
    this.losses.flush()
  }

  #tasksToCatchUp(): GuardedTask[] {
    const counted = this.losses.immichs()
    const withLosses = GUARDED_TASKS.filter((task) => counted[task].count > 0)
    return withLosses.length > 0 ? withLosses : [...GUARDED_TASKS]
  }

  #require(): Running {
    if (this.#running !== undefined) return this.#running
    throw new AppError(
      'IMMICH_NOT_SET_UP',
      409,
      'No Immich is set up; enter its URL and an admin’s API key first',
    )
  }

  #requireOn(): Running {
    const running = this.#require()
    if (running.guard.state.mode === 'on') return running
    throw new AppError(
      'GUARD_NOT_ON',
      409,
      'The queue guard is not on; turn it on, so that it can end the pause again',
    )
  }

  async #apply(config: ImmichConfig | undefined): Promise<void> {
    const { url, apiKey, guard: mode = 'off', catchUp = true } = config ?? {}
    const current = this.#running
    const isSame = current !== undefined && current.config.url === url && current.config.apiKey === apiKey
    if (!isSame) {
      if (current !== undefined) await current.guard.release(RELEASE_BUDGET_MS)
      await this.#end()
      if (config !== undefined && url !== undefined && apiKey !== undefined) this.#begin(config, url, apiKey)
    }
    this.#running?.guard.set(mode, catchUp)
    for (const [task, served] of this.#served) this.#running?.guard.served(QUEUE_OF_TASK[task], served)
    this.emit('change')
  }

  #begin(config: ImmichConfig, url: string, apiKey: string): void {
    const client = new ImmichClient({ url, apiKey })
    const guard = new QueueGuard({
      api: client,
      clock: this.#clock,
      log: this.#options.log,
      stored: this.#stored.load(url),
      save: (stored) => this.#stored.save(url, stored),
      facts: () => this.#facts(),
      onChange: () => this.emit('change'),
      onRead: (queues) => this.#progress.read(queues),
      onCatchUp: (queue, what) => this.#onCatchUp(queue, what),
    })
    this.#running = { config, client, guard }
    for (const task of GUARDED_TASKS) {
      // The guard reports no end of a catch-up that it does not know.
      const isForgotten = guard.state.queues[QUEUE_OF_TASK[task]].catchUp === undefined
      if (isForgotten && this.losses.isCatchingUp(task)) this.losses.catchUpEnded(task, 'uncertain')
    }
  }

  async #end(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    this.#progress.read(undefined)
    if (running === undefined) return
    // Ends the call under way, so that stopping the guard does not wait for it.
    const closed = running.client.close()
    await running.guard.stop()
    await closed
  }

  #onCatchUp(queue: GuardedQueue, what: 'began' | CatchUpEnd): void {
    const task = TASK_OF_QUEUE[queue]
    if (what === 'began') this.losses.catchUpBegan(task)
    else this.losses.catchUpEnded(task, what)
  }

  #facts(): Facts {
    const mono = this.#clock.mono()
    return {
      pending: (queue) => this.losses.pending(TASK_OF_QUEUE[queue]),
      lastLossAt: (queue) => this.losses.lastLossAt(TASK_OF_QUEUE[queue]),
      lastImageAt: (queue) => this.#imageAt.get(queue),
      pollMs: this.#progress.pollMs(mono),
      urlsProblem: (urls) =>
        urlsProblem(urls, (url) => {
          const host = hostOf(url)
          return host !== undefined && this.#hosts.has(host, mono)
        }),
    }
  }

  /**
   * Immich's requests have the host that its settings name. While the settings are unknown, all requests count as
   * Immich's.
   */
  #isImmichs(host: string | undefined): boolean {
    const urls = this.#running?.guard.state.urls?.list ?? []
    if (urls.length === 0) return true
    return host !== undefined && this.#isNamed(comparableHost(host))
  }

  /** Whether Immich's settings name a host, as {@link comparableHost}, as far as they are known. */
  #isNamed(name: string): boolean {
    const urls = this.#running?.guard.state.urls?.list ?? []
    return urls.some((url) => hostOf(url) === name)
  }

  /**
   * Queues of an Immich that could not be reached when its settings were changed.
   * @param current the URL of the one whose guard ends its pauses itself
   */
  #leftBehind(current: string | undefined): string[] {
    return this.#stored
      .paused()
      .filter(({ url }) => url !== current)
      .map(
        ({ url, queues }) =>
          `${queues.join(', ')} of the Immich at ${url} may still be paused by this program; resume them on its page of jobs, or enter its URL and key again`,
      )
  }
}
