/** What goes where: Immich's tasks, the backends that answer them, and how much of it, from a configuration and the state. Pure. */
import type { BackendState } from '../../src-shared/api.ts'
import { canonicalName } from '../../src-shared/config/names.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import type { History } from '../../src-shared/history.ts'
import type { Tier } from '../../src-shared/routing/tiers.ts'
import { sharing, tiersOf, turns, type Turn } from './routing.ts'

/** The tasks of Immich, as the history counts them. */
const WORKS = ['clip/visual', 'clip/textual', 'facial-recognition', 'ocr'] as const
/** Further tasks of the routing that are drawn; a drawing of more could not be read. */
const MOST_OTHERS = 2
/** Backends that are drawn, those with a part in it first. */
export const MOST_NODES = 8

/** How a backend stands, for the eye. Standby: it would answer, and another one does. */
export type Standing = 'serving' | 'standby' | 'away' | 'paused' | 'waking' | 'unknown'

export interface FlowBranch {
  readonly work: string
  readonly backend: string
  readonly standing: Standing
  /** Requests a minute. */
  readonly rate: number
}

export interface FlowTask {
  readonly work: string
  readonly branches: readonly FlowBranch[]
  /** A backend answers it, or is likely to. */
  readonly isServed: boolean
  readonly rate: number
  /** Who would be tried, in order. */
  readonly order: readonly Turn[]
}

export interface FlowNode {
  readonly name: string
  readonly standing: Standing
  readonly state: BackendState | undefined
}

export interface FlowModel {
  readonly tasks: readonly FlowTask[]
  readonly nodes: readonly FlowNode[]
  /** Backends that are not drawn. */
  readonly more: number
}

export interface FlowInput {
  readonly config: Config
  /** The state of a backend by the name that it has in `config`; undefined where none is known. */
  readonly stateOf: (name: string) => BackendState | undefined
  /** “What if it is off”. */
  readonly isOff: (name: string) => boolean
  /** Requests a minute that a backend answers of a work. */
  readonly rateOf: (name: string, work: string) => number
}

/** How a backend stands by itself, whoever else would answer. */
export function standingOf({ stateOf, isOff }: Pick<FlowInput, 'stateOf' | 'isOff'>, name: string): Standing {
  if (isOff(name)) return 'away'
  const state = stateOf(name)
  if (state === undefined) return 'unknown'
  const { availability, status } = state
  if (availability === 'paused' || availability === 'stopped' || availability === 'stopping') return 'paused'
  if (availability === 'waking' || availability === 'starting') return 'waking'
  if (availability === 'away' || status === 'unhealthy') return 'away'
  return status === 'healthy' ? 'serving' : 'unknown'
}

function tiersOfWork(config: Config, work: string): Tier[] {
  const [task = work, type] = work.split('/')
  return tiersOf(config, task, type)
}

/** The works that are drawn: Immich's, and tasks that a route names beside them. */
function worksOf({ taskRouting }: Config): string[] {
  const known = new Set<string>(['clip', 'facial-recognition', 'ocr', 'visual', 'textual'])
  const others = Object.keys(taskRouting).filter((key) => !known.has(canonicalName(key)))
  return [...WORKS, ...others.slice(0, MOST_OTHERS)]
}

function taskOf(input: FlowInput, work: string): FlowTask {
  const tiers = tiersOfWork(input.config, work)
  const health = (name: string): 'healthy' | 'unknown' | 'unhealthy' => {
    const standing = standingOf(input, name)
    if (standing === 'serving') return 'healthy'
    return standing === 'unknown' ? 'unknown' : 'unhealthy'
  }
  const order = turns(tiers, health)
  const answering = new Set(sharing(order).map(({ name }) => name))
  const names = [...new Set(tiers.flatMap(({ pool }) => pool))]
  const branches = names.map((backend): FlowBranch => {
    const own = standingOf(input, backend)
    const standing = own === 'serving' && !answering.has(backend) ? 'standby' : own
    return { work, backend, standing, rate: input.rateOf(backend, work) }
  })
  return {
    work,
    branches,
    isServed: branches.some(({ standing }) => standing === 'serving' || standing === 'unknown'),
    rate: branches.reduce((sum, { rate }) => sum + rate, 0),
    order,
  }
}

/** A backend stands by where it serves nothing at the moment, and would. */
function nodeOf(input: FlowInput, name: string, branches: readonly FlowBranch[]): FlowNode {
  const own = standingOf(input, name)
  const isServing = branches.some(({ backend, standing }) => backend === name && standing === 'serving')
  return { name, standing: own === 'serving' && !isServing ? 'standby' : own, state: input.stateOf(name) }
}

export function flowOf(input: FlowInput): FlowModel {
  const tasks = worksOf(input.config).map((work) => taskOf(input, work))
  const branches = tasks.flatMap((task) => task.branches)
  const named = new Set(branches.map(({ backend }) => backend))
  const names = input.config.backends.map(({ name }) => name).filter((name) => name !== '')
  const sorted = [...names.filter((name) => named.has(name)), ...names.filter((name) => !named.has(name))]
  const drawn = sorted.slice(0, MOST_NODES)
  // In the order of the page.
  const nodes = names.filter((name) => drawn.includes(name)).map((name) => nodeOf(input, name, branches))
  return { tasks, nodes, more: names.length - nodes.length }
}

/** Steps of the history that a rate is the mean of: minutes. */
const RATE_STEPS = 5

/** Requests a minute of each backend and work over the last minutes. */
export function ratesOf(history: Pick<History, 'backends'> | undefined): FlowInput['rateOf'] {
  const rates = new Map<string, number>()
  for (const { name, tasks } of history?.backends ?? []) {
    for (const { task, images, texts } of tasks) {
      const sums = images.map((value, index) => (value ?? 0) + (texts[index] ?? 0)).slice(-RATE_STEPS)
      const mean = sums.reduce((sum, value) => sum + value, 0) / Math.max(1, sums.length)
      rates.set(`${name}\n${task}`, mean)
    }
  }
  return (name, work) => rates.get(`${name}\n${work}`) ?? 0
}

/** The works of each backend by its name, in the order of the page. */
export function worksByBackend(config: Config): Map<string, string[]> {
  const works = new Map<string, string[]>()
  for (const work of worksOf(config)) {
    for (const name of new Set(tiersOfWork(config, work).flatMap(({ pool }) => pool))) {
      works.set(name, [...(works.get(name) ?? []), work])
    }
  }
  return works
}
