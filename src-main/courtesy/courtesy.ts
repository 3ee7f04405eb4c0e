/**
 * Owns the pauses of backends: those by hand, and those by the rules of each backend. Events come in by method calls;
 * it calls no other part of the program.
 */
import { EventEmitter } from 'node:events'
import { hostname, networkInterfaces } from 'node:os'
import type { BackendConfig } from '../../src-shared/config/schema.ts'
import { MAX_PAUSE_REASON_CHARS } from '../../src-shared/limits.ts'
import { systemClock, type Clock } from '../platform/clock.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { PauseStore } from './pause-store.ts'
import { LONGEST_SLEEP_MS } from './limits.ts'
import { Looker } from './looker.ts'
import { isOnThisComputer, type OwnAddresses } from './own-computer.ts'
import { initialPause, storedOf, nextChange, pauseOf, reducePause, type Pause } from './pause-state.ts'
import type { Now, PauseEvent, PauseState, Rules } from './pause-types.ts'
import { lookAt, type DesktopSenses, type Look, type Needs, type Sightings } from './probes/look.ts'
import { thisMachine } from './probes/machine.ts'
import { needsOf, problemsOf, rulesOf, signsOf } from './rules.ts'

interface CourtesyEvents {
  /** The pause of a backend began, changed or ended. */
  change: [name: string]
  /** The problems of a backend changed. */
  update: []
}

export interface CourtesyOptions {
  /** The user data folder. */
  folder: string
  log: Logger
  clock?: Clock
  /** Makes the looks at this computer. */
  look?: Look
  ownAddresses?: () => OwnAddresses
  /** Whether one of Immich's queues has waiting jobs; then looks go on without a request. */
  queueWaits?: () => boolean
}

/** The fields of a pause by hand. */
export interface PauseRequest {
  /** Unix milliseconds; null for a pause without an end. */
  readonly until: number | null
  /** At most {@link MAX_PAUSE_REASON_CHARS} printable characters. */
  readonly reason?: string | undefined
}

interface Watched {
  config: BackendConfig
  rules: Rules
  state: PauseState
  /** The pause in force at the last event. Judging the schedule for each prediction would cost too much. */
  pause: Pause | undefined
}

const NO_PROBLEMS: Pick<Sightings, 'problems'> = { problems: {} }
const thisComputer = (): OwnAddresses => ({ interfaces: networkInterfaces(), hostname: hostname() })

/** The renamed backend: the same URL, under a name that is not configured any more. */
function renamedFrom(
  before: ReadonlyMap<string, Watched>,
  { url }: BackendConfig,
  isConfigured: (name: string) => boolean,
): Watched | undefined {
  return [...before.values()].find(({ config }) => config.url === url && !isConfigured(config.name))
}

export class Courtesy extends EventEmitter<CourtesyEvents> {
  readonly #log: Logger
  readonly #clock: Clock
  readonly #look: Look
  readonly #ownAddresses: () => OwnAddresses
  readonly #stored: PauseStore
  readonly #looker: Looker
  #watched = new Map<string, Watched>()
  /** What a look has to find out; undefined where no rule needs one. Read for each prediction. */
  #needs: Needs | undefined
  #senses: DesktopSenses | undefined
  #lastLook = NO_PROBLEMS
  #saveProblem = ''
  #cancelTimer: () => void = () => undefined

  constructor(options: CourtesyOptions) {
    super()
    const { folder, log, clock = systemClock, queueWaits = () => false } = options
    this.#log = log
    this.#clock = clock
    this.#look = options.look ?? lookAt(thisMachine())
    this.#ownAddresses = options.ownAddresses ?? thisComputer
    this.#stored = new PauseStore(folder, log)
    this.#looker = new Looker({ clock, queueWaits, look: (at, isFirst) => this.#lookOnce(at, isFirst) })
  }

  /** Takes over the backends in force: at the start, and at each change of the configuration. */
  apply(backends: readonly BackendConfig[]): void {
    const before = this.#watched
    const names = new Set(backends.map(({ name }) => name))
    const isConfigured = (name: string): boolean => names.has(name)
    this.#watched = new Map(
      backends.map((config) => {
        const known = before.get(config.name) ?? renamedFrom(before, config, isConfigured)
        const state = known?.state ?? initialPause(this.#stored.load(config, isConfigured))
        return [config.name, { config, rules: rulesOf(config), state, pause: known?.pause }]
      }),
    )
    this.#needs = needsOf([...this.#watched.values()].map(({ rules }) => rules))
    this.#step([...this.#watched.keys()], () => ({ kind: 'rules' }))
    this.emit('update')
  }

  /** Takes in battery and input as the app on the desktop reports them. */
  attach(senses: DesktopSenses): void {
    this.#senses = senses
  }

  /**
   * To be called when a request came, or one of Immich's queues has waiting jobs.
   * @returns the look that the first photo after a rest waits for, 2 s at most; undefined where there is none
   */
  wanted(): Promise<void> | undefined {
    return this.#needs === undefined ? undefined : this.#looker.wanted()
  }

  /** The pause of a backend; undefined where none is in force, and for a name that is not configured. */
  of(name: string): Pause | undefined {
    const pause = this.#watched.get(name)?.pause
    if ((pause?.until ?? Infinity) > this.#clock.wall()) return pause
    this.#tick()
    return this.#watched.get(name)?.pause
  }

  /** Why the rules of a backend, or the file of pauses, do not work, as sentences. */
  problems(name: string): string[] {
    const watched = this.#watched.get(name)
    if (watched === undefined) return []
    const unsaved = watched.state.hand === undefined || this.#saveProblem === '' ? [] : [this.#saveProblem]
    return [...problemsOf(watched.rules, this.#lastLook), ...unsaved]
  }

  /** Looks at this computer that were made since the start. */
  get looks(): number {
    return this.#looker.looks
  }

  /** The names of the backends that run on this computer. */
  get onThisComputer(): string[] {
    const own = this.#ownAddresses()
    return [...this.#watched.values()]
      .filter(({ config }) => isOnThisComputer(config.url, own))
      .map(({ config }) => config.name)
  }

  /**
   * Pauses a backend, whatever its rules say.
   * @throws {AppError} BACKEND_UNKNOWN (404), PAUSE_INVALID (400)
   */
  pauseByHand(name: string, request: PauseRequest): void {
    this.#require(name)
    this.#pause([name], request)
  }

  /**
   * Ends a pause by hand, and overrules what the rules find now until that has ended.
   * @throws {AppError} BACKEND_UNKNOWN (404)
   */
  resumeByHand(name: string): void {
    this.#require(name)
    this.#resume([name])
  }

  /**
   * Pauses all backends of this computer.
   * @returns their names; none where no backend runs here
   * @throws {AppError} PAUSE_INVALID (400)
   */
  pauseThisComputer(request: PauseRequest): string[] {
    const names = this.onThisComputer
    this.#pause(names, request)
    return names
  }

  /** Ends the pauses of all backends of this computer, as {@link resumeByHand} does. */
  resumeThisComputer(): void {
    this.#resume(this.onThisComputer)
  }

  /** To be called after the computer slept: ends the pauses whose time has passed meanwhile. */
  woke(): void {
    this.#tick()
  }

  stop(): void {
    this.#cancelTimer()
    this.#looker.stop()
  }

  #require(name: string): void {
    if (this.#watched.has(name)) return
    throw new AppError('BACKEND_UNKNOWN', 404, `There is no backend "${name}"; check its name`)
  }

  #pause(names: readonly string[], { until, reason = '' }: PauseRequest): void {
    if (until !== null && !(until > this.#clock.wall())) {
      throw new AppError('PAUSE_INVALID', 400, 'until is in the past; name a later time, or null for no end')
    }
    if (reason.length > MAX_PAUSE_REASON_CHARS || /\p{Cc}/u.test(reason)) {
      const limit = `at most ${MAX_PAUSE_REASON_CHARS} characters in one line`
      throw new AppError('PAUSE_INVALID', 400, `reason must be a text of ${limit}`)
    }
    this.#step(names, () => ({ kind: 'paused', pause: { until, reason } }))
  }

  #resume(names: readonly string[]): void {
    this.#step(names, () => ({ kind: 'resumed' }))
  }

  #now(): Now {
    return { wall: this.#clock.wall(), mono: this.#clock.mono() }
  }

  /** Hands each backend its event, stores what came of it, and sets the timer for the next change. */
  #step(names: readonly string[], eventOf: (rules: Rules) => PauseEvent): void {
    const now = this.#now()
    for (const name of names) {
      const watched = this.#watched.get(name)
      if (watched !== undefined) this.#dispatch(name, watched, eventOf(watched.rules), now)
    }
    this.#save()
    this.#schedule(now)
  }

  #dispatch(name: string, watched: Watched, event: PauseEvent, now: Now): void {
    watched.state = reducePause(watched.state, event, now, watched.rules)
    const [before, after] = [watched.pause, pauseOf(watched.state, now, watched.rules)]
    watched.pause = after
    if (JSON.stringify(before) === JSON.stringify(after)) return
    if (after === undefined) this.#log.info({ backend: name }, 'backend is not paused any more')
    else {
      const { by, reason } = after
      const until = after.until === null ? undefined : new Date(after.until).toISOString()
      this.#log.info({ backend: name, by, reason, until }, 'backend is paused')
    }
    this.emit('change', name)
  }

  #save(): void {
    const stored = [...this.#watched.values()].flatMap(({ config: { name, url }, state }) => {
      const value = storedOf(state)
      return value === undefined ? [] : [{ name, url, value }]
    })
    let problem = ''
    try {
      this.#stored.save(stored)
    } catch (error) {
      // The pause is in force all the same; only the next start will not know it.
      problem = `This pause is not kept over a restart: ${errorText(error)}`
    }
    if (problem === this.#saveProblem) return
    this.#saveProblem = problem
    if (problem !== '') this.#log.warn({ reason: problem }, 'pauses could not be written down')
    this.emit('update')
  }

  #tick(): void {
    this.#step([...this.#watched.keys()], () => ({ kind: 'tick' }))
  }

  /**
   * Sets the timer for the next change.
   * @param now the time of the last step: a minute that began since is still to be judged
   */
  #schedule(now: Now): void {
    this.#cancelTimer()
    const waits = [...this.#watched.values()]
      .map(({ state, rules }) => nextChange(state, now, rules))
      .filter((wait) => wait !== undefined)
    if (waits.length === 0) return
    this.#cancelTimer = this.#clock.after(Math.min(...waits, LONGEST_SLEEP_MS), () => this.#tick())
  }

  #lookOnce(at: number, isFirst: boolean): Promise<void> | undefined {
    const needs = this.#needs
    return needs === undefined ? undefined : this.#takeIn(this.#look(needs, this.#senses), at, isFirst)
  }

  async #takeIn(look: Promise<Sightings>, at: number, isFirst: boolean): Promise<void> {
    const sightings = await look
    const isNews = JSON.stringify(this.#lastLook.problems) !== JSON.stringify(sightings.problems)
    this.#lastLook = sightings
    if (isNews) {
      for (const reason of Object.values(sightings.problems))
        this.#log.warn({ reason }, 'a rule of yield cannot work')
    }
    this.#step([...this.#watched.keys()], (rules) => ({
      kind: 'looked',
      at,
      isFirst,
      found: signsOf(rules, sightings),
    }))
    if (isNews) this.emit('update')
  }
}
