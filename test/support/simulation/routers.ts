/** Routers that spread requests over machines: this proxy's scheduler, and peers without one. */
import { BackendLoad, type End } from '../../../src-main/predict/schedule/backend-load.ts'
import { LOOK_AGAIN_MS } from '../../../src-main/predict/schedule/limits.ts'
import { Scheduler, type Ask, type Granted } from '../../../src-main/predict/schedule/scheduler.ts'
import type { HealthStatus } from '../../../src-shared/api.ts'
import type { Share } from '../../../src-shared/config/pool-schema.ts'
import type { SimulatedClock } from './clock.ts'
import type { Kind, Machine } from './machine.ts'

/** Accepts requests and reports their answers. */
export interface Router {
  request(kind: Kind, done: (ok: boolean) => void): void
  /** The slots of each machine, where they are learned. */
  slots(): Readonly<Record<string, number>>
}

/** Milliseconds that a message takes between client and proxy, and between proxy and machine. */
export const HOP_MS = 0.3

function send(clock: SimulatedClock, machine: Machine, kind: Kind, done: (ok: boolean) => void): void {
  clock.after(HOP_MS, () => machine.receive(kind, (ok) => clock.after(HOP_MS, () => done(ok))))
}

/** How a peer decides between machines with as many in flight. */
export type Ties =
  /** In turn, as nginx's `least_conn` does. */
  | 'in-turn'
  /** The one whose number changed longest ago, as HAProxy's `leastconn` does. */
  | 'longest-unchanged'

/** The machine with the fewest in flight first, without a limit and without priority for texts. */
export class LeastConnections implements Router {
  readonly #clock: SimulatedClock
  readonly #ties: Ties
  /** The next one between equals first. */
  readonly #order: { readonly machine: Machine; inFlight: number }[]

  constructor(clock: SimulatedClock, machines: readonly Machine[], ties: Ties = 'in-turn') {
    this.#clock = clock
    this.#ties = ties
    this.#order = machines.map((machine) => ({ machine, inFlight: 0 }))
  }

  request(kind: Kind, done: (ok: boolean) => void): void {
    const alive = this.#order.filter(({ machine }) => machine.isAlive)
    const least = Math.min(...alive.map(({ inFlight }) => inFlight))
    const chosen = alive.find(({ inFlight }) => inFlight === least)
    if (chosen === undefined) {
      done(false)
      return
    }
    const goLast = (): void => {
      this.#order.splice(this.#order.indexOf(chosen), 1)
      this.#order.push(chosen)
    }
    goLast()
    chosen.inFlight++
    send(this.#clock, chosen.machine, kind, (ok) => {
      chosen.inFlight--
      if (this.#ties === 'longest-unchanged') goLast()
      done(ok)
    })
  }

  slots(): Record<string, number> {
    return {}
  }
}

export interface OursOptions {
  share: Share
  /** `maxConcurrent` of all machines; learned where absent. */
  maxConcurrent?: number
  /** How often a machine that is away is looked for, milliseconds. */
  pingEveryMs?: number
}

interface Watched {
  readonly machine: Machine
  readonly load: BackendLoad
  status: HealthStatus
}

/** Ours: the scheduler, with health as the monitor tells it and failover as the dispatcher does it. */
export class Ours implements Router {
  readonly scheduler = new Scheduler()
  readonly watched = new Map<string, Watched>()
  /** Called for each request that is given a slot. */
  onGrant: ((name: string, kind: Kind) => void) | undefined
  readonly #clock: SimulatedClock
  readonly #tiers: Ask['tiers']
  readonly #pingEveryMs: number
  #order = 0

  constructor(clock: SimulatedClock, machines: readonly Machine[], options: OursOptions) {
    this.#clock = clock
    this.#pingEveryMs = options.pingEveryMs ?? 1_000
    for (const machine of machines) {
      const load = new BackendLoad(clock.now, options.maxConcurrent)
      this.watched.set(machine.options.name, { machine, load, status: 'healthy' })
    }
    const pool = machines.map((machine) => machine.options.name)
    this.#tiers = [{ key: 'default', pool, share: options.share }]
    this.#lookAgain()
  }

  request(kind: Kind, done: (ok: boolean) => void): void {
    this.#try({ kind, tried: new Set(), order: this.#order++, done })
  }

  slots(): Record<string, number> {
    return Object.fromEntries([...this.watched].map(([name, { load }]) => [name, load.slots]))
  }

  #try(request: { kind: Kind; tried: Set<string>; order: number; done: (ok: boolean) => void }): void {
    const ask: Ask = {
      tiers: this.#tiers,
      tried: request.tried,
      isText: request.kind.isText,
      work: request.kind.work,
      order: request.order,
      candidate: (name) => this.watched.get(name),
    }
    const use = (granted: Granted): void => {
      if (granted === 'none') {
        request.done(false)
        return
      }
      const found = [...this.watched].find(([, { load }]) => load === granted.load)
      if (found === undefined) throw new Error('A slot on no machine')
      const [name, watched] = found
      this.onGrant?.(name, request.kind)
      request.tried.add(name)
      send(this.#clock, watched.machine, request.kind, (ok) => {
        if (!ok) this.#lost(watched)
        const how: End = ok ? 'success' : 'failure'
        this.scheduler.end(granted, how, this.#clock.now)
        if (ok) request.done(true)
        else this.#try(request)
      })
    }
    const granted = this.scheduler.take(ask, this.#clock.now)
    if (granted === undefined) this.scheduler.wait(ask, this.#clock.now, use)
    else use(granted)
  }

  #lost(watched: Watched): void {
    if (watched.status === 'unhealthy') return
    watched.status = 'unhealthy'
    const ping = (): void => {
      if (!watched.machine.isAlive) {
        this.#clock.after(this.#pingEveryMs, ping)
        return
      }
      watched.status = 'healthy'
      watched.load.cameBack()
      this.scheduler.serve(this.#clock.now)
    }
    this.#clock.after(this.#pingEveryMs, ping)
  }

  #lookAgain(): void {
    this.#clock.after(LOOK_AGAIN_MS, () => {
      this.scheduler.serve(this.#clock.now)
      this.#lookAgain()
    })
  }
}
