/**
 * Gives out places on the backends, and lets those wait that get none. Pure apart from its state: no sockets, no
 * timers, and the clock is given with each call, in milliseconds.
 *
 * A text query goes before images; an image that waited for 2 s gets every fourth place. All that wait are looked at in
 * this order whenever something changed, each with those before it counted towards the backend that they are going to
 * take: the first in line waits for the fast machine, and the fifteenth is quicker on the slow one.
 */
import type { HealthStatus } from '../../../src-shared/api.ts'
import { place, type Placement, type SharedTier } from '../../../src-shared/routing/share.ts'
import type { BackendLoad, End, Running, Waiting } from './backend-load.ts'
import { OVERDUE_AFTER_MS, TEXTS_BEFORE_OVERDUE } from './limits.ts'
import { Pauses } from './pauses.ts'

/** One attempt that needs a place. */
export interface Ask {
  readonly tiers: readonly SharedTier[]
  readonly tried: ReadonlySet<string>
  /** All of its entries are text queries. */
  readonly isText: boolean
  /** Its kind, as `clip/visual`: times are kept for each. */
  readonly work: string
  /** The order of arrival of its request. */
  readonly order: number
  /** Undefined for a name that is no backend (any more). */
  readonly load: (name: string) => BackendLoad | undefined
  readonly status: (name: string) => HealthStatus
}

/** What a wait ends with: a place, or `none` when nobody is left to be tried. */
export type Granted = Running | 'none'

/** Somebody who waits. */
export interface Waiter {
  readonly ask: Ask
  readonly since: number
  readonly grant: (granted: Granted) => void
  /** The backend that is expected to take it. */
  expected: BackendLoad | undefined
  /** The backends that may take it. */
  names: readonly string[]
}

/** Waiting requests, by the backend that is expected to take them. */
class Line {
  readonly #waiting = new Map<BackendLoad, Waiting>()

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

export class Scheduler {
  /** In the order of arrival. */
  readonly #texts: Waiter[] = []
  readonly #images: Waiter[] = []
  /** Where the round robin of each tier stands. */
  readonly #positions = new Map<string, number>()
  readonly #pauses = new Map<string, Pauses>()

  get waiting(): number {
    return this.#texts.length + this.#images.length
  }

  /** How many wait that this backend may take. */
  waitingFor(name: string): number {
    const count = (waiters: readonly Waiter[]): number =>
      waiters.reduce((sum, { names }) => sum + (names.includes(name) ? 1 : 0), 0)
    return count(this.#texts) + count(this.#images)
  }

  /** Takes a place at once: `none` when nobody is left to be tried, undefined when one has to {@link wait}. */
  take(ask: Ask, now: number): Granted | undefined {
    this.#pausesOf(ask)?.came(now)
    if (this.waiting === 0) {
      const placement = this.#place(ask, now, undefined)
      if (placement.kind === 'none') return 'none'
      return placement.kind === 'backend' ? this.#begin(ask, placement, now) : undefined
    }
    let granted: Granted | undefined
    const waiter = this.wait(ask, now, (result) => (granted = result))
    this.serve(now)
    this.leave(waiter)
    return granted
  }

  /** Stands in line. The place is granted by a later {@link serve} or {@link end}; each waiter gets one answer. */
  wait(ask: Ask, now: number, grant: (granted: Granted) => void, since = now): Waiter {
    const waiter: Waiter = { ask, since, grant, expected: undefined, names: [] }
    const waiters = ask.isText ? this.#texts : this.#images
    let at = waiters.length
    while (at > 0 && (waiters[at - 1]?.ask.order ?? 0) > ask.order) at--
    waiters.splice(at, 0, waiter)
    return waiter
  }

  /** Waits no longer. */
  leave(waiter: Waiter): void {
    const waiters = waiter.ask.isText ? this.#texts : this.#images
    const at = waiters.indexOf(waiter)
    if (at !== -1) waiters.splice(at, 1)
  }

  /** A request that had a place has ended; the place goes to those that wait. */
  end(running: Running, how: End, now: number): void {
    running.load.end(running, how, now)
    if (how === 'success' && !running.isText) this.#pauses.get(running.route)?.answered(now)
    this.serve(now)
  }

  /**
   * Gives out what is free. To be called when health or limits changed, and each `LOOK_AGAIN_MS` while anybody waits.
   */
  serve(now: number): void {
    if (this.waiting === 0) return
    const granted = this.#serveOverdue(now)
    const line = new Line()
    for (const waiters of [this.#texts, this.#images]) {
      for (const waiter of [...waiters]) {
        const { ask } = waiter
        const placement = this.#place(ask, now, line)
        if (placement.kind !== 'wait') {
          this.leave(waiter)
          granted.push([waiter, placement.kind === 'none' ? 'none' : this.#begin(ask, placement, now)])
          continue
        }
        waiter.names = placement.names
        waiter.expected = placement.forName === undefined ? undefined : ask.load(placement.forName)
        const { expected } = waiter
        if (expected !== undefined) line.add(expected, ask.isText, expected.speed(ask.work, now).serviceMs)
      }
    }
    // After all is decided: whoever is granted a place may ask for another one at once.
    for (const [waiter, result] of granted) waiter.grant(result)
  }

  /** Images that waited too long, where texts had their three places. */
  #serveOverdue(now: number): [Waiter, Granted][] {
    const granted: [Waiter, Granted][] = []
    if (this.#texts.length === 0) return granted
    for (const waiter of [...this.#images]) {
      const { ask, since } = waiter
      if (now - since < OVERDUE_AFTER_MS) continue
      const placement = this.#place(ask, now, undefined)
      if (placement.kind !== 'backend') continue
      const load = ask.load(placement.name)
      if (load === undefined || load.textsInRow < TEXTS_BEFORE_OVERDUE) continue
      this.leave(waiter)
      granted.push([waiter, this.#begin(ask, placement, now)])
    }
    return granted
  }

  /** The pauses of the clients of a route, where they matter; undefined for what is no new image of it. */
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

  #place(ask: Ask, now: number, line: Line | undefined): Placement {
    return place({
      tiers: ask.tiers,
      tried: ask.tried,
      isText: ask.isText,
      member: (name) => ask.load(name)?.member(ask.status(name), now),
      speed: (name) => {
        const load = ask.load(name)
        if (load === undefined) throw new Error(`${name} is no backend: its speed was asked after its slots`)
        return load.speed(ask.work, now, line?.of(load))
      },
      rhythm: () => this.#pauses.get(routeOf(ask))?.rhythm(now) ?? { pauseMs: 0, pausing: 0 },
      position: (key) => this.#positions.get(key) ?? 0,
    })
  }

  /** The others of a pool that is shared by speed were not taken. */
  #passOver(ask: Ask, { name, tier: key }: { name: string; tier: string }, ms: number): void {
    const tier = ask.tiers.find((each) => each.key === key)
    if (tier?.share !== 'by-speed') return
    for (const other of tier.pool) {
      if (other !== name && ask.status(other) === 'healthy') ask.load(other)?.passOver(ask.work, ms)
    }
  }

  #begin(ask: Ask, placement: Extract<Placement, { kind: 'backend' }>, now: number): Running {
    this.#positions.set(placement.tier, placement.position)
    const load = ask.load(placement.name)
    if (load === undefined) throw new Error(`${placement.name} is no backend: it was chosen without a load`)
    const { work, isText } = ask
    const running = load.begin({ work, isText, route: routeOf(ask) }, now)
    this.#passOver(ask, placement, running.expectedMs)
    return running
  }
}
