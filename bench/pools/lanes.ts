/** The lanes that are compared, and one measurement of each. */
import { IMAGE, TEXT } from '../../test/support/simulation/machine.ts'
import {
  LeastConnections,
  Ours,
  type OursOptions as SimulatedOptions,
} from '../../test/support/simulation/routers.ts'
import { simulate, STEP_MS, type Answer } from '../../test/support/simulation/run.ts'
import { possibleAt, type Shape } from '../../test/support/simulation/shapes.ts'
import type { Running, Stage } from '../stage.ts'
import { load, type Requests } from './load.ts'
import { SettingUnknown, slotsOf, startOurs, type OursOptions } from './ours.ts'
import { startHaproxy, startNginx } from './peers.ts'
import type { Stand } from './stand.ts'

export const WHO = {
  alone: 'fastest machine alone',
  bySpeed: 'ours, by-speed',
  inOrder: 'ours, in-order',
  roundRobin: 'ours, round-robin',
  auto: 'ours, slots learned',
  unlimited: 'ours, no limit',
  nginx: 'nginx least_conn',
  haproxy: 'HAProxy leastconn',
} as const
export type Who = (typeof WHO)[keyof typeof WHO]

/** More than anybody has in flight here. */
const NO_LIMIT = 1_000

/** One measurement. */
export interface Run {
  readonly answers: readonly Answer[]
  readonly lost: number
  readonly errors: readonly string[]
  readonly measureMs: number
  /** Images a second that the machines could do, each half second. */
  readonly possible: readonly number[]
}

export interface Times {
  readonly measureMs: number
  /** Load before the measurement, milliseconds. */
  readonly leadMs: number
  /** Load before the first measurement, from which slots are learned. */
  readonly learnMs: number
}

/** A proxy or scheduler that is measured on one shape. */
export interface Lane {
  readonly who: Who
  /** Load to learn from, before anything is measured; the slots afterwards, where they are shown. */
  learn(): Promise<Record<string, number> | undefined>
  run(inFlight: number): Promise<Run>
  stop(): Promise<void>
}

/** Images in flight while slots are learned. */
const LEARN_IN_FLIGHT = 16

function possibleOver(shape: Shape, measureMs: number): number[] {
  return Array.from({ length: Math.floor(measureMs / STEP_MS) }, (_, step) =>
    possibleAt(shape, step * STEP_MS),
  )
}

/** The settings of this proxy in each of its lanes. */
const OURS: Readonly<Partial<Record<Who, OursOptions>>> = {
  [WHO.bySpeed]: { share: 'by-speed' },
  [WHO.inOrder]: { share: 'in-order' },
  // The meaning of a plain list.
  [WHO.roundRobin]: {},
  [WHO.auto]: {},
  [WHO.unlimited]: { maxConcurrent: NO_LIMIT },
}

/** The lanes of a shape. */
export function whoOf({ machines, changes }: Shape): Who[] {
  if (machines.length === 1) return [WHO.alone, WHO.auto, WHO.unlimited, WHO.nginx, WHO.haproxy]
  const shared = [WHO.bySpeed, WHO.inOrder, WHO.roundRobin, WHO.nginx, WHO.haproxy]
  return changes.length > 0 ? shared : [WHO.alone, ...shared]
}

const measureMsOf = ({ lengthMs }: Shape, { measureMs }: Times): number => lengthMs ?? measureMs

/** A lane over sockets. */
class RealLane implements Lane {
  readonly who: Who
  readonly #url: string
  readonly #running: Running | undefined
  readonly #stand: Stand
  readonly #requests: Requests
  readonly #times: Times

  constructor(who: Who, running: Running | undefined, stand: Stand, requests: Requests, times: Times) {
    this.who = who
    this.#running = running
    this.#url = running?.url ?? stand.fastestUrl
    this.#stand = stand
    this.#requests = requests
    this.#times = times
  }

  async learn(): Promise<Record<string, number> | undefined> {
    if (OURS[this.who] === undefined || this.#running === undefined) return undefined
    const { learnMs } = this.#times
    const options = { url: this.#url, inFlight: LEARN_IN_FLIGHT, leadMs: 0, measureMs: learnMs }
    await load(options, this.#requests)
    return slotsOf(this.#running)
  }

  async run(inFlight: number): Promise<Run> {
    const { shape } = this.#stand
    const measureMs = measureMsOf(shape, this.#times)
    const changes: Promise<void>[] = []
    const timers: NodeJS.Timeout[] = []
    const onBegin = (): void => {
      for (const change of shape.changes) {
        timers.push(setTimeout(() => changes.push(this.#stand.change(change)), change.atMs))
      }
    }
    const { leadMs } = this.#times
    const result = await load({ url: this.#url, inFlight, leadMs, measureMs, onBegin }, this.#requests)
    for (const timer of timers) clearTimeout(timer)
    await Promise.all(changes)
    if (shape.changes.length > 0) await this.#stand.reset()
    return { ...result, measureMs, possible: possibleOver(shape, measureMs) }
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
  }
}

export interface Peers {
  readonly nginx: string
  readonly haproxy: string
}

/** Starts the lanes on the machines of a stand; one that cannot be started is reported with the reason. */
export async function startLanes(
  stage: Stage,
  stand: Stand,
  peers: Peers,
  requests: Requests,
  times: Times,
  tell: (text: string) => void,
): Promise<Lane[]> {
  const lanes: Lane[] = []
  for (const who of whoOf(stand.shape)) {
    const name = `${stand.shape.id}-${who.replaceAll(/\W+/g, '-')}`
    const options = OURS[who]
    let running: Running | undefined
    try {
      if (options !== undefined) running = await startOurs(stage, name, stand.urls, options)
      else if (who === WHO.nginx) running = await startNginx(stage, peers.nginx, name, stand.urls)
      else if (who === WHO.haproxy) running = await startHaproxy(stage, peers.haproxy, name, stand.urls)
    } catch (error) {
      if (!(error instanceof SettingUnknown)) throw error
      tell(`${who} is left out: ${error.message}`)
      continue
    }
    lanes.push(new RealLane(who, running, stand, requests, times))
  }
  return lanes
}

/** A lane on the simulated clock, with the same scheduler as the program's. */
export function simulatedLanes(shape: Shape, times: Times): Lane[] {
  const [fastest] = [...shape.machines].sort((a, b) => a.imageMs - b.imageMs)
  return whoOf(shape).map((who) => {
    const options = OURS[who]
    const machines = who === WHO.alone && fastest !== undefined ? [fastest] : shape.machines
    const start = (inFlight: number, measureMs: number, warmUpMs: number, seed: number) =>
      simulate(
        { machines, changes: shape.changes },
        (clock, all) => {
          if (options !== undefined) return new Ours(clock, all, simulatedOptions(options))
          return new LeastConnections(clock, all, who === WHO.haproxy ? 'longest-unchanged' : 'in-turn')
        },
        { inFlight, measureMs, warmUpMs, seed, kinds: [IMAGE] },
      )
    let seed = 0
    return {
      who,
      learn: () => {
        if (options?.maxConcurrent !== undefined) return Promise.resolve(undefined)
        const { slots } = start(LEARN_IN_FLIGHT, STEP_MS, times.learnMs, 1)
        return Promise.resolve(options === undefined ? undefined : slots.at(-1))
      },
      run: (inFlight) => {
        const measureMs = measureMsOf(shape, times)
        const { answers, lost } = start(inFlight, measureMs, times.learnMs, ++seed)
        return Promise.resolve({
          answers,
          lost,
          errors: [],
          measureMs,
          possible: possibleOver(shape, measureMs),
        })
      },
      stop: () => Promise.resolve(),
    }
  })
}

function simulatedOptions({ share = 'round-robin', maxConcurrent }: OursOptions): SimulatedOptions {
  return { share, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) }
}

/** What a text counts in images. */
export const TEXT_WORK = TEXT.factor
