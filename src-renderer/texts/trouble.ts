/** The overall state in words: what works, what fails, and what helps. */
import type { BackendStates, Overall } from '../../src-shared/api.ts'
import type { FlowTask, Standing } from '../lib/flow.ts'
import { list } from '../lib/routing.ts'
import type { Cause, Trouble } from '../lib/trouble.ts'
import { taskWords } from './tasks.ts'

const IS: Readonly<Record<Standing, string>> = {
  serving: 'answers',
  standby: 'answers',
  away: 'is off',
  paused: 'is paused',
  waking: 'is starting',
  unknown: 'was not checked yet',
}
const ARE: Readonly<Record<Standing, string>> = {
  ...IS,
  away: 'are off',
  paused: 'are paused',
  waking: 'are starting',
}

/** Names that a sentence tells; more of them are counted. */
const MOST_NAMED = 4

/** Half of the smart search, where the other half stands otherwise. */
const HALVES: Readonly<Record<string, string>> = {
  'clip/visual': 'Photos for smart search',
  'clip/textual': 'Searches',
}

/** Phrases that are plural by themselves. */
const MANY: ReadonlySet<string> = new Set([...Object.values(HALVES), taskWords('facial-recognition').words])

interface Phrase {
  readonly text: string
  readonly isMany: boolean
}

/** `Smart search and faces`: searching photos and words are one thing where both are meant. */
function phraseOf(tasks: readonly FlowTask[]): Phrase {
  const works = tasks.map(({ work }) => work)
  const isWhole = works.includes('clip/visual') && works.includes('clip/textual')
  const words = works.flatMap((work) => {
    if (!isWhole) return HALVES[work] ?? taskWords(work).words
    if (work === 'clip/textual') return []
    return work === 'clip/visual' ? 'Smart search' : taskWords(work).words
  })
  return {
    text: list(words.map((word, index) => (index === 0 ? word : lower(word)))),
    isMany: words.length > 1 || MANY.has(words[0] ?? ''),
  }
}

const lower = (text: string): string => text.replace(/^./, (first) => first.toLowerCase())

function causesText(causes: readonly Cause[]): string {
  if (causes.length === 0) return 'no backend is named for it'
  if (causes.length > MOST_NAMED) return `${causes.length} backends do not answer`
  const [first] = causes
  const isAlike = causes.every(({ standing }) => standing === first?.standing)
  if (isAlike && first !== undefined) {
    return `${list(causes.map(({ name }) => name))} ${(causes.length > 1 ? ARE : IS)[first.standing]}`
  }
  return list(causes.map(({ name, standing }) => `${name} ${IS[standing]}`))
}

function is(tasks: readonly FlowTask[], [one, many]: readonly [string, string]): string {
  const { text, isMany } = phraseOf(tasks)
  return `${text} ${isMany ? many : one}`
}

/** `Faces wait, text in photos fails`, by whether all tasks are meant. */
function whatHappens({ failing, working, waiting }: Trouble): string {
  const failed = failing.filter((task) => !waiting.includes(task))
  const isAll = working.length === 0
  if (waiting.length === 0) return isAll ? 'Everything fails' : is(failed, ['fails', 'fail'])
  if (failed.length === 0) return is(waiting, ['waits', 'wait'])
  const isSearch = failed.every(({ work }) => work === 'clip/textual')
  const photos = isAll && isSearch ? 'Photos wait' : is(waiting, ['waits', 'wait'])
  return `${photos}, ${lower(is(failed, ['fails', 'fail']))}`
}

/** `Smart search fails: gpu is off. Faces and text in photos still work.` */
function sentence(trouble: Trouble): string {
  const { working, causes } = trouble
  const start = `${whatHappens(trouble)}: ${causesText(causes)}.`
  return working.length === 0 ? start : `${start} ${is(working, ['still works', 'still work'])}.`
}

const TITLES: Readonly<Record<Overall | 'lost', string>> = {
  healthy: 'Everything works',
  degraded: 'Everything still works',
  waiting: 'Photos wait',
  paused: 'Paused',
  down: 'Something fails',
  idle: 'No backend yet',
  lost: 'The proxy does not answer',
}

const TEXTS: Readonly<Record<Overall | 'lost', string>> = {
  healthy: 'Every task has a backend that answers.',
  degraded: 'The others answer instead.',
  waiting: 'Photos wait for a backend, up to 4½ minutes or as set below.',
  paused: 'What could answer is to be left alone.',
  down: 'Something has no backend that answers.',
  idle: 'Add the machine-learning server that is to do the work.',
  lost: 'The values below are from its last answer.',
}

function degradedText(backends: BackendStates, isNamed: (name: string) => boolean): string {
  const off = Object.keys(backends).filter((name) => isNamed(name) && backends[name]?.availability === 'away')
  if (off.length === 0) return TEXTS.degraded
  const who = off.length > MOST_NAMED ? `${off.length} backends` : list(off)
  return `${who} ${off.length > 1 ? 'are' : 'is'} off; the others answer instead.`
}

export const words = {
  title: (kind: Overall | 'lost'): string => TITLES[kind],
  /** @param isNamed whether a route names a backend: one that none names is missed by nobody */
  text: (
    kind: Overall | 'lost',
    backends: BackendStates,
    isNamed: (name: string) => boolean,
    trouble: Trouble | undefined,
  ): string => {
    if (trouble !== undefined && kind !== 'lost' && kind !== 'idle') return sentence(trouble)
    return kind === 'degraded' ? degradedText(backends, isNamed) : TEXTS[kind]
  },
  overview: 'Overview',
  meanwhile: (name: string): string => `Use ${name} meanwhile`,
  details: 'In the proxy’s own words',
  enter: 'Enter this in Immich',
  where: 'Administration → Settings → Machine Learning',
  alone: 'The proxy listens for this computer alone.',
  aloneByFlag: (host: string): string =>
    `For an Immich on another one, start it without --host=${host} or IMP_HOST.`,
  aloneBySetting: 'For an Immich on another one, set “Listen on” below to 0.0.0.0.',
  inContainer: (port: string): string =>
    `In the network of Immich’s containers the name of the service does too, http://immich-ml-proxy${port === '' ? '' : `:${port}`} from our compose file.`,
  /** Before the title of a page, in the browser's tab; empty while all is well. */
  tab: (kind: Overall | 'lost'): string =>
    ({ healthy: '', idle: '', degraded: '', waiting: '⏳ ', paused: '⏸ ', down: '⚠ ', lost: '⚠ ' })[kind],
} as const
