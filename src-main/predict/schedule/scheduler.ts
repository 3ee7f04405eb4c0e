/**
 * Gives out the slots of the backends, and queues the requests that get none. Pure apart from its state: no sockets, no
 * timers; each call is given the time, in milliseconds on the monotonic clock.
 *
 * Text queries are served before images; an image that waited for 2 s gets every fourth slot. After each change the
 * scheduler goes through the whole queue in this order. It counts each waiter towards the backend that is expected to
 * take it, since the next one has to wait behind it there: the first waiter waits for the fast machine, while the
 * fifteenth has its answer sooner from the slow one.
 */
import { chooseBackend, type CandidateStatus, type Placement } from '../../../src-shared/routing/share.ts'
import type { SharedTier } from '../../../src-shared/routing/tiers.ts'
import type { BackendLoad, End, Running, Waiting } from './backend-load.ts'
import { OVERDUE_AFTER_MS, TEXTS_BEFORE_OVERDUE } from './limits.ts'
import { Pauses } from './pauses.ts'

/** A backend that a request may be sent to. */
export interface AskCandidate {
  readonly load: BackendLoad
  readonly status: CandidateStatus
}

/** One attempt that needs a slot. */
export interface Ask {
  readonly tiers: readonly SharedTier[]
  readonly tried: ReadonlySet<string>
  /** All of its entries are text queries. */
  readonly isText: boolean
  /** Its kind, as `clip/visual`: times are kept for each. */
  readonly work: string
  /** The order of arrival of its request. */
  readonly order: number
  /** The attempt is to run alone: it will wait until its backend is empty, so a full backend is as good as an idle one. */
  readonly isToBeAlone?: boolean
  /** Undefined for a name that is no backend (any more), or one that must not be asked now. */
  readonly candidate: (name: string) => AskCandidate | undefined
}

/** What a wait ends with: a slot, or `none` when no backend is left to be tried. */
export type Granted = Running | 'none'

/** A request in the queue. */
export interface Waiter {
  readonly ask: Ask
  readonly since: number
  readonly grant: (granted: Granted) => void
  /** Called with the names of the backends that may take it, whenever these change. */
  readonly onNames: ((names: readonly string[]) => void) | undefined
  /** The backend that is expected to take it, and how long it will take there. */
  expected: BackendLoad | undefined
  expectedMs: number
  /** The backends that may take it. */
  names: readonly string[]
}

/** Waiting requests, by the backend that is expected to take them. */
class Line {
  readonly #waiting = new Map<BackendLoad, Waiting>()

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /** A copy that requests further back in the queue are added to. */
  copy(): Line {
    const copy = new Line()
    for (const [load, waiting] of this.#waiting) copy.#waiting.set(load, waiting)
    return copy
  }

  of(load: BackendLoad): Waiting | undefined {
    return this.#waiting.get(load)
  }

  add(load: BackendLoad, isText: boolean, ms: number): void {
    const before = this.#waiting.get(load) ?? { count: 0, images: 0, ms: 0 }
    const images = before.images + (isText ? 0 : 1)
    this.#waiting.set(load, { count: before.count + 1, images, ms: before.ms + ms })
  }
}

const routeOf = ({ tiers }: Ask): string => tiers[0]?.key ?? ''

/**
 * Owns the queue for the backends and its order. The requests that run on a backend are in its {@link BackendLoad}, which
 * each call is given.
 */
export class Scheduler {
  /** In the order of arrival. */
  readonly #texts: Waiter[] = []
  readonly #images: Waiter[] = []
  /** The position in the pool at which the next round-robin choice of a tier begins. */
  readonly #positions = new Map<string, number>()
  readonly #pauses = new Map<string, Pauses>()
  /** The queue by expected backend, as of the last change: the texts alone, and all. */
  #textLine = new Line()
  #line = new Line()

  get waiting(): number {
    return this.#texts.length + this.#images.length
  }

  /** The number of waiting requests that this backend may take. */
  waitingFor(name: string): number {
    const count = (waiters: readonly Waiter[]): number =>
      waiters.reduce((sum, { names }) => sum + (names.includes(name) ? 1 : 0), 0)
    return count(this.#texts) + count(this.#images)
  }

  /** Takes a slot at once. @returns `none` when no backend is left to be tried, undefined when all are full: then {@link wait} */
  take(ask: Ask, now: number): Granted | undefined {
    this.#pausesOf(ask)?.came(now)
    // No slot was free for the waiting requests at the last change, so this one is judged as the last in the queue.
    const placement = this.#choose(ask, now, ask.isText ? this.#textLine : this.#line)
    if (placement.kind === 'none') return 'none'
    if (placement.kind === 'wait') return undefined
    return this.#begin(ask, placement, now)
  }

  /** Joins the queue. A later {@link serve} or {@link end} calls `grant`, exactly once unless the waiter leaves. */
  wait(ask: Ask, now: number, grant: Waiter['grant'], onNames?: Waiter['onNames']): Waiter {
    const waiter: Waiter = {
      ask,
      since: now,
      grant,
      onNames,
      expected: undefined,
      expectedMs: 0,
      names: [],
    }
    const waiters = ask.isText ? this.#texts : this.#images
    let at = waiters.length
    while (at > 0 && (waiters[at - 1]?.ask.order ?? 0) > ask.order) at--
    waiters.splice(at, 0, waiter)
    const placement = this.#choose(ask, now, ask.isText ? this.#textLine : this.#line)
    if (placement.kind === 'wait') this.#expect(waiter, placement, now)
    if (ask.isText) this.#countIn(this.#textLine, waiter)
    this.#countIn(this.#line, waiter)
    return waiter
  }

  /** Takes a waiter out of the queue. */
  leave(waiter: Waiter): void {
    const waiters = waiter.ask.isText ? this.#texts : this.#images
    const at = waiters.indexOf(waiter)
    if (at !== -1) waiters.splice(at, 1)
  }

  /** A request that had a slot has ended. Gives the slot to the next waiter. */
  end(running: Running, how: End, now: number): void {
    running.load.end(running, how, now)
    if (how === 'success' && !running.isText) this.#pauses.get(running.route)?.answered(now)
    this.serve(now)
  }

  /**
   * Gives the free slots to the queue. To be called when health or limits changed, and every `LOOK_AGAIN_MS` while any
   * request waits.
   */
  serve(now: number): void {
    if (!this.#textLine.isEmpty) this.#textLine = new Line()
    if (!this.#line.isEmpty) this.#line = new Line()
    if (this.waiting === 0) return
    const granted = this.#serveOverdue(now)
    this.#serveInOrder(this.#texts, this.#textLine, granted, now)
    this.#line = this.#textLine.copy()
    this.#serveInOrder(this.#images, this.#line, granted, now)
    // Called last, since a waiter may ask for its next slot within the call.
    for (const [waiter, result] of granted) waiter.grant(result)
  }

  #serveInOrder(waiters: Waiter[], line: Line, granted: [Waiter, Granted][], now: number): void {
    /** Routes without a free slot: their other waiters need no choice. */
    const full = new Set<Ask['tiers']>()
    for (const waiter of [...waiters]) {
      const { ask } = waiter
      if (full.has(ask.tiers) && waiter.names.length > 0) {
        this.#countIn(line, waiter)
        continue
      }
      const placement = this.#choose(ask, now, line)
      if (placement.kind === 'wait') {
        this.#expect(waiter, placement, now)
        this.#countIn(line, waiter)
        if (!this.#hasFreeSlot(ask, now)) full.add(ask.tiers)
        continue
      }
      this.leave(waiter)
      granted.push([waiter, placement.kind === 'none' ? 'none' : this.#begin(ask, placement, now)])
    }
  }

  /** Whether any backend of a request's route has a free slot. */
  #hasFreeSlot({ tiers, candidate }: Ask, now: number): boolean {
    return tiers.some(({ pool }) =>
      pool.some((name) => {
        const load = candidate(name)?.load
        return load !== undefined && load.inFlight < load.limit(now)
      }),
    )
  }

  /** Stores which backends may take a waiter, and which one is expected to. */
  #expect(waiter: Waiter, { names, forName }: Extract<Placement, { kind: 'wait' }>, now: number): void {
    const { ask } = waiter
    const isBySpeed = ask.tiers.some(({ share }) => share === 'by-speed')
    const areOthers =
      names.length !== waiter.names.length || names.some((name, index) => name !== waiter.names[index])
    waiter.names = names
    if (areOthers) waiter.onNames?.(names)
    waiter.expected = isBySpeed && forName !== undefined ? ask.candidate(forName)?.load : undefined
    waiter.expectedMs = waiter.expected?.speed(ask.work, now).serviceMs ?? 0
  }

  #countIn(line: Line, { ask, expected, expectedMs }: Waiter): void {
    if (expected !== undefined) line.add(expected, ask.isText, expectedMs)
  }

  /** Serves images that waited too long, on backends that had three texts in a row. */
  #serveOverdue(now: number): [Waiter, Granted][] {
    const granted: [Waiter, Granted][] = []
    for (const waiter of [...this.#images]) {
      const { ask, since } = waiter
      if (now - since < OVERDUE_AFTER_MS) break
      const placement = this.#choose(ask, now, undefined)
      if (placement.kind !== 'backend') continue
      const load = ask.candidate(placement.name)?.load
      if (load === undefined || load.textsInRow < TEXTS_BEFORE_OVERDUE) continue
      this.leave(waiter)
      granted.push([waiter, this.#begin(ask, placement, now)])
    }
    return granted
  }

  /** The measured pauses of a route's clients; undefined unless this is the first attempt of an image that is shared by speed. */
  #pausesOf(ask: Ask): Pauses | undefined {
    const [tier] = ask.tiers
    if (ask.isText || ask.tried.size > 0 || tier?.share !== 'by-speed') return undefined
    let pauses = this.#pauses.get(tier.key)
    if (pauses === undefined) {
      pauses = new Pauses()
      this.#pauses.set(tier.key, pauses)
    }
    return pauses
  }

  #choose(ask: Ask, now: number, line: Line | undefined): Placement {
    return chooseBackend({
      tiers: ask.tiers,
      tried: ask.tried,
      isText: ask.isText,
      member: (name) => {
        const candidate = ask.candidate(name)
        const member = candidate?.load.member(candidate.status, now)
        return member !== undefined && ask.isToBeAlone === true ? { ...member, limit: Infinity } : member
      },
      speed: (name) => {
        const load = ask.candidate(name)?.load
        if (load === undefined) throw new Error(`${name} is no backend: its speed was asked after its slots`)
        return load.speed(ask.work, now, line?.of(load))
      },
      rhythm: () => this.#pauses.get(routeOf(ask))?.rhythm(now) ?? { pauseMs: 0, pausing: 0 },
      position: (key) => this.#positions.get(key) ?? 0,
    })
  }

  /** Counts the time that the other backends of the pool were passed over, where it is shared by speed. */
  #passOver(ask: Ask, { name, tier: key }: { name: string; tier: string }, ms: number): void {
    const tier = ask.tiers.find((each) => each.key === key)
    if (tier?.share !== 'by-speed') return
    for (const other of tier.pool) {
      if (other === name) continue
      const candidate = ask.candidate(other)
      if (candidate?.status === 'healthy') candidate.load.passOver(ask.work, ms)
    }
  }

  #begin(ask: Ask, placement: Extract<Placement, { kind: 'backend' }>, now: number): Running {
    this.#positions.set(placement.tier, placement.position)
    const load = ask.candidate(placement.name)?.load
    if (load === undefined) throw new Error(`${placement.name} is no backend: it was chosen without a load`)
    const { work, isText } = ask
    const running = load.begin({ work, isText, route: routeOf(ask) }, now)
    this.#passOver(ask, placement, running.expectedMs)
    return running
  }
}
