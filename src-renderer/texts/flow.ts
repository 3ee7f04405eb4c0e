/** All texts of the flow on /config: what goes where, why, and what if. */
import type { Status } from '../../src-shared/api.ts'
import { ago, duration } from '../lib/format.ts'
import type { FlowNode, FlowTask, Standing } from '../lib/flow.ts'
import { answeringText, list, nextText, sharing } from '../lib/routing.ts'
import { waits } from '../lib/trouble.ts'
import { taskWords } from './tasks.ts'

const SHORT: Readonly<Record<string, string>> = {
  'clip/visual': 'Search: photos',
  'clip/textual': 'Search: words',
}

const STANDINGS: Readonly<Record<Standing, string>> = {
  serving: 'serving',
  standby: 'standby',
  away: 'off',
  paused: 'paused',
  waking: 'starting',
  unknown: 'not checked yet',
}

/** `2 running · 6 waiting · 63 ms`; empty where nothing was done yet. */
function load({ state }: FlowNode): string {
  if (state === undefined) return 'not saved yet'
  const parts: string[] = []
  if (state.inFlight > 0) parts.push(`${state.inFlight} running`)
  if (state.waiting > 0) parts.push(`${state.waiting} waiting`)
  if (state.p50Ms !== null) parts.push(duration(state.p50Ms))
  return parts.join(' · ')
}

function rate(perMinute: number): string {
  if (perMinute === 0) return ''
  return perMinute < 1 ? 'under 1 a minute' : `${Math.round(perMinute)} a minute`
}

/** Names that a sentence tells one by one; more of them are counted. */
const MOST_NAMED = 3
const named = (names: readonly string[]): string =>
  names.length > MOST_NAMED ? `${names.length} backends` : list(names)

/** `gpu answers, nas stands by` */
function who({ branches }: FlowTask): string {
  const of = (standing: Standing): string[] =>
    branches.filter((branch) => branch.standing === standing).map(({ backend }) => backend)
  const parts: string[] = []
  const [serving, standby, away] = [of('serving'), of('standby'), of('away')]
  if (serving.length > 0) parts.push(`${named(serving)} ${serving.length > 1 ? 'share it' : 'answers'}`)
  if (standby.length > 0) parts.push(`${named(standby)} ${standby.length > 1 ? 'stand' : 'stands'} by`)
  if (away.length > 0) parts.push(`${named(away)} ${away.length > 1 ? 'are' : 'is'} off`)
  for (const standing of ['paused', 'waking', 'unknown'] as const) {
    const names = of(standing)
    if (names.length > 0) parts.push(`${named(names)}: ${STANDINGS[standing]}`)
  }
  return parts.length === 0 ? 'nobody answers it: choose a backend below' : parts.join(', ')
}

export const words = {
  title: 'What goes where',
  immich: 'Immich',
  proxy: 'Proxy',
  asked: (status: Pick<Status, 'lastAsked'> | undefined, now: number): string => {
    const last = status?.lastAsked
    if (last === undefined || last === null) return 'Immich has not asked yet.'
    return `Immich asked ${ago(last.at, now)} from ${last.from}.`
  },
  task: (work: string): string => taskWords(work).words,
  /** In a narrow diagram. */
  short: (work: string): string => SHORT[work] ?? taskWords(work).words,
  technical: (work: string): string => taskWords(work).technical,
  standing: (standing: Standing): string => STANDINGS[standing],
  load,
  more: (count: number): string => `${count} more ${count > 1 ? 'backends are' : 'backend is'} not drawn.`,
  rate,
  who,
  why: (work: string): string => `Why? ${taskWords(work).words}`,
  hint: 'Choose a task to see why it goes there.',
  unsaved: 'This shows your changes, which are not saved yet.',
  lost: 'Who answers is not known while the proxy does not answer.',
  whatIf: 'What if',
  nothingOff: 'all stays as it is',
  isOff: (name: string): string => `${name} is off`,
  supposed: (name: string): string => `This shows what would happen if ${name} were off.`,
  table: 'As a table',
  caption: 'Which backend answers which task now',
  columns: { task: 'Task', who: 'Who answers', rate: 'Requests' },
  noRate: 'none in the last 5 minutes',
  nobody: 'Nobody answers it: no backend is named for it, and there is no default.',
  whyNow: (task: FlowTask): string => {
    if (!task.isServed) return `${waits(task) ? 'Photos wait now' : 'It fails now'}: ${who(task)}.`
    const { order } = task
    return `${list(sharing(order).map(({ name }) => name))} ${answeringText(order)}`
  },
  whyNumbers: (nodes: readonly FlowNode[]): string =>
    nodes
      .map((node) => ({ name: node.name, text: load(node) }))
      .filter(({ text }) => text !== '')
      .map(({ name, text }) => `${name}: ${text}`)
      .join('; '),
  whyNext: (task: FlowTask): string => {
    const { order } = task
    const next = nextText(order)
    if (next !== '') return `Next: ${next}.`
    if (waits(task)) return 'Nobody is next: photos wait for a backend, up to 4½ minutes or as set below.'
    return order.length > 1
      ? 'Nobody is next: if all of them fail, the request fails.'
      : 'Nobody is next: if it fails, the request fails.'
  },
  /** The drawing in a sentence. */
  summary: (tasks: readonly FlowTask[]): string =>
    tasks.map((task) => `${taskWords(task.work).words}: ${who(task)}`).join('; '),
} as const
