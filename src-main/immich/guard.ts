/**
 * The queue guard: carries out the actions of `guard-decide.ts`, one call of Immich's API at a time, and passes the
 * answers to the reducer of `guard-state.ts`.
 */
import {
  GUARDED_QUEUES,
  DUPLICATES_QUEUE,
  type GuardedQueue,
  type GuardMode,
} from '../../src-shared/immich.ts'
import { errorText } from '../platform/errors.ts'
import { delay } from '../platform/clock.ts'
import { ImmichError } from './errors.ts'
import { decide, nextTime, pauseProblem, type Action } from './guard-decide.ts'
import type { Greeting, GuardOptions } from './guard-options.ts'
import { initialState, storedOf, reduce } from './guard-state.ts'
import type { ActionKind, GuardEvent, GuardState, PauseReason } from './guard-types.ts'
import { HOST_SEEN_MS, SUSPEND_BUDGET_MS, SUSPEND_WAIT_MS } from './limits.ts'

/**
 * Owns the pauses of one Immich's queues. Only the guard pauses and resumes queues. It stores a pause before it asks
 * Immich, so that the next start can end it.
 */
export class QueueGuard {
  readonly #options: GuardOptions
  #state: GuardState
  #greeting: Greeting | undefined
  readonly #refused = new Set<string>()
  /** What was written last, to write only what changed. */
  #saved: string
  #saveProblem = ''
  #working: Promise<void> | undefined
  #cancelTimer: () => void = () => undefined
  readonly #waiters = new Set<() => void>()
  #stopped = false

  constructor(options: GuardOptions) {
    this.#options = options
    this.#state = initialState(options.stored, options.clock.wall())
    this.#saved = JSON.stringify(storedOf(this.#state))
  }

  get state(): GuardState {
    return this.#state
  }

  get greeting(): Greeting | undefined {
    return this.#greeting
  }

  /** Why the pauses could not be stored; else empty. */
  get saveProblem(): string {
    return this.#saveProblem
  }

  /** Permissions that a refusal has named. */
  get refusedPermissions(): readonly string[] {
    return [...this.#refused]
  }

  /** The queues that we have paused. */
  get paused(): GuardedQueue[] {
    return GUARDED_QUEUES.filter((name) => this.#state.queues[name].pause !== undefined)
  }

  /** Takes over the settings; leaving *on* resumes what we paused. */
  set(mode: GuardMode, catchUp: boolean): void {
    this.#dispatch({ kind: 'settings', mode, catchUp })
    this.#pump()
  }

  /** Takes in whether a permitted backend of a queue's task is up. Called at the start and at each change. */
  served(queue: GuardedQueue, served: boolean): void {
    if (this.#state.queues[queue].served === served) return
    this.#dispatch({ kind: 'served', queue, served })
    this.#pump()
  }

  /** To be called when a fact changed: a loss was counted, an image came, a page asked for progress. */
  look(): void {
    this.#pump()
  }

  /**
   * Starts a catch-up that a user asked for, once a backend has been healthy for 10 s and however recent the last one
   * is.
   */
  askCatchUp(queue: GuardedQueue): void {
    this.#dispatch({ kind: 'asked', queue, for: 'catch-up' })
    this.#pump()
  }

  /** Starts a catch-up now, without a pause before it. @throws {ImmichError} where Immich does not answer or refuses */
  async startCatchUp(queue: GuardedQueue): Promise<void> {
    await this.#alone(async () => {
      const tell = (isCertain: boolean): void => this.#dispatch({ kind: 'started', queue, isCertain })
      try {
        await this.#options.api.startMissing(queue)
      } catch (error) {
        // It may have begun all the same, and a second one would process every photo twice.
        if (error instanceof ImmichError && error.mayHaveActed) tell(false)
        throw error
      }
      tell(true)
    })
  }

  /** Ends our pause of a queue now, and leaves the queue alone for a time. */
  askResume(queue: GuardedQueue): void {
    this.#dispatch({ kind: 'asked', queue, for: 'resume' })
    this.#pump()
  }

  /** The computer is about to sleep, or the app to end: pauses what may be paused, as far as the time allows. */
  async suspend(why: 'suspend' | 'quit'): Promise<void> {
    if (this.#state.mode !== 'on') return
    this.#dispatch({ kind: 'suspended' })
    await this.#pauseAll(why, SUSPEND_BUDGET_MS)
  }

  /** The computer is awake again: backends count as healthy only after new checks. */
  woke(): void {
    this.#dispatch({ kind: 'woke' })
    this.#pump()
  }

  /**
   * Pauses all queues that no admin has paused, until a user ends it.
   * @throws {ImmichError} where Immich does not answer or refuses
   */
  async pauseByHand(): Promise<void> {
    await this.#alone(async () => {
      await this.#read()
      await Promise.all(this.#pausable().map((name) => this.#pause(name, 'hand', { mustWork: true })))
    })
  }

  /**
   * Leaves *on*, and waits until what we paused runs again.
   * @returns whether all of it does
   */
  async release(budgetMs: number): Promise<boolean> {
    this.set('off', this.#state.catchUp)
    const isFree = this.#until(() => this.paused.length === 0)
    await Promise.race([isFree, delay(this.#options.clock, budgetMs)])
    return this.paused.length === 0
  }

  /**
   * Ends it, once the call under way has its answer. What we paused stays paused, and is written down for the next start.
   */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    await this.#working
  }

  /** Runs an action while no other call to Immich is under way. */
  async #alone(work: () => Promise<void>): Promise<void> {
    while (this.#working !== undefined) await this.#working
    const done = work()
    this.#working = done
      .catch(() => undefined)
      .finally(() => {
        this.#working = undefined
        this.#pump()
      })
    await done
  }

  #until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue()) return
        this.#waiters.delete(look)
        resolve()
      }
      this.#waiters.add(look)
      look()
    })
  }

  #pump(): void {
    if (this.#stopped || this.#working !== undefined) return
    const { clock, facts } = this.#options
    const now = clock.wall()
    const action = decide(this.#state, facts(), now)
    if (action === undefined) {
      this.#schedule(now)
      return
    }
    this.#working = this.#perform(action).finally(() => {
      this.#working = undefined
      this.#pump()
    })
  }

  /** Sets the timer for the next decision. @param now the time of the last one: what became due since is not decided yet */
  #schedule(now: number): void {
    const { clock, facts } = this.#options
    this.#cancelTimer()
    const at = nextTime(this.#state, facts(), now)
    if (at === undefined) return
    this.#cancelTimer = clock.after(at - clock.wall(), () => {
      this.#dispatch({ kind: 'tick' })
      this.#pump()
    })
  }

  /** @throws {AppError} with `mustSave`, where the state cannot be stored; then nothing has changed */
  #dispatch(event: GuardEvent, mustSave = false): void {
    const { clock, onCatchUp, onChange } = this.#options
    const before = this.#state
    const after = reduce(before, event, clock.wall())
    this.#save(after, mustSave)
    this.#state = after
    for (const name of GUARDED_QUEUES) {
      const [was, is] = [before.queues[name], after.queues[name]]
      if (was.catchUp === undefined && is.catchUp !== undefined) onCatchUp(name, 'began')
      if (was.catchUp !== undefined && is.catchUp === undefined) onCatchUp(name, is.ended ?? 'uncertain')
    }
    for (const waiter of [...this.#waiters]) waiter()
    if (event.kind !== 'tick') onChange()
  }

  #save(state: GuardState, mustSave: boolean): void {
    const stored = storedOf(state)
    const text = JSON.stringify(stored)
    if (text === this.#saved) return
    try {
      this.#options.save(stored)
      this.#saved = text
      this.#saveProblem = ''
    } catch (error) {
      this.#saveProblem = errorText(error)
      if (mustSave) throw error
      this.#options.log.warn(
        { reason: errorText(error) },
        'what is paused in Immich could not be written down',
      )
    }
  }

  async #perform(action: Action): Promise<void> {
    const queue = 'queue' in action ? action.queue : undefined
    try {
      switch (action.kind) {
        case 'greet': {
          await this.#greet()
          return
        }
        case 'urls': {
          await this.#readUrls()
          return
        }
        case 'read': {
          await this.#read()
          return
        }
        case 'pause': {
          await this.#pause(action.queue, action.why)
          return
        }
        case 'resume': {
          await this.#resume(action.queue, action.gaveUp)
          return
        }
        case 'start':
          await this.#options.api.startMissing(action.queue)
          this.#options.log.info({ queue: action.queue }, 'Immich looks for what was lost')
          this.#dispatch({ kind: 'started', queue: action.queue, isCertain: true })
          return
        case 'duplicates':
          await this.#options.api.startMissing(DUPLICATES_QUEUE)
          this.#dispatch({ kind: 'duplicates-started' })
          return
      }
    } catch (error) {
      this.#failed(action.kind, queue, error)
    }
  }

  #failed(action: ActionKind, queue: GuardedQueue | undefined, error: unknown): void {
    const message = errorText(error)
    const known = error instanceof ImmichError ? error : undefined
    if (known?.permission !== undefined) this.#refused.add(known.permission)
    if (this.#state.failures[action]?.message !== message) {
      this.#options.log.warn({ action, queue, reason: message }, 'the queue guard could not do its work')
    }
    const code = known?.code ?? 'INTERNAL'
    this.#dispatch({
      kind: 'failed',
      action,
      queue,
      message,
      code,
      mayHaveActed: known?.mayHaveActed ?? false,
    })
  }

  async #greet(): Promise<void> {
    const { api, log } = this.#options
    const version = await api.version()
    const permissions = await api.permissions()
    if (this.#greeting?.version !== version) log.info({ version }, 'Immich answers')
    this.#greeting = { version, permissions }
    // The key may have been given more permissions since.
    this.#refused.clear()
    await this.#readUrls()
    this.#dispatch({ kind: 'greeted' })
  }

  /** A key that may not read the settings is reported to the user; a retry does not help. */
  async #readUrls(timeoutMs?: number): Promise<void> {
    try {
      const { urls: list, models } = await this.#options.api.machineLearning({ timeoutMs })
      this.#dispatch({ kind: 'urls', list, models, problem: '' })
    } catch (error) {
      if (!(error instanceof ImmichError) || error.mayHaveActed || error.code === 'IMMICH_UNREACHABLE')
        throw error
      if (error.permission !== undefined) this.#refused.add(error.permission)
      const problem = `Nothing is paused, since Immich’s settings cannot be read: ${error.message}`
      this.#dispatch({ kind: 'urls', list: [], models: {}, problem })
    }
  }

  async #read(timeoutMs?: number): Promise<void> {
    const askedAt = this.#options.clock.wall()
    const queues = await this.#options.api.queues({ timeoutMs })
    this.#options.onRead(queues)
    this.#dispatch({ kind: 'read', askedAt, queues })
  }

  /** @throws with `mustWork`; else the failure is noted */
  async #pause(
    queue: GuardedQueue,
    why: PauseReason,
    { timeoutMs, mustWork = false }: { timeoutMs?: number; mustWork?: boolean } = {},
  ): Promise<void> {
    const { api, log } = this.#options
    try {
      // Stored before Immich is asked, so that the next process finds the pause whatever happens to this one.
      this.#dispatch({ kind: 'pausing', queue, why }, true)
      const reading = await api.setPaused(queue, true, { timeoutMs })
      log.warn({ queue, why }, 'Immich’s queue is paused')
      this.#dispatch({ kind: 'paused', queue, reading })
    } catch (error) {
      this.#failed('pause', queue, error)
      if (mustWork) throw error
    }
  }

  async #resume(queue: GuardedQueue, gaveUp: boolean): Promise<void> {
    const { api, log } = this.#options
    // Stored first: if this process ends before the answer, the next one must not take our resume for an admin's.
    this.#dispatch({ kind: 'resuming', queue })
    await api.setPaused(queue, false)
    log.warn({ queue }, 'Immich’s queue goes on')
    this.#dispatch({ kind: 'resumed', queue, gaveUp })
  }

  /** The queues that run, and those that we paused for a reason that passes by itself. */
  #pausable(): GuardedQueue[] {
    return GUARDED_QUEUES.filter((name) => {
      const { pause, seen } = this.#state.queues[name]
      if (seen?.reading === undefined) return false
      return pause === undefined ? !seen.reading.isPaused : pause.why !== 'hand'
    })
  }

  /** The queues that run, and that no admin resumed a moment ago. */
  #running(): GuardedQueue[] {
    const now = this.#options.clock.wall()
    return this.#pausable().filter((name) => {
      const { pause, leftAloneUntil = 0 } = this.#state.queues[name]
      return pause === undefined && now >= leftAloneUntil
    })
  }

  async #pauseAll(why: PauseReason, budgetMs: number): Promise<void> {
    const { clock, facts } = this.#options
    const end = clock.mono() + budgetMs
    const left = (): number => Math.max(1, end - clock.mono())
    // The call under way may be a resume, which must not arrive after our pause.
    if (this.#working !== undefined) await Promise.race([this.#working, delay(clock, SUSPEND_WAIT_MS)])
    try {
      const { urls } = this.#state
      if (urls === undefined || clock.wall() - urls.at > HOST_SEEN_MS) await this.#readUrls(left())
      if (pauseProblem(this.#state, facts()) !== undefined) return
      await this.#read(left())
    } catch (error) {
      this.#failed('read', undefined, error)
      return
    }
    await Promise.all(this.#running().map((name) => this.#pause(name, why, { timeoutMs: left() })))
  }
}
