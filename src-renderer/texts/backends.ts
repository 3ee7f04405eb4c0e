/** All texts of the backends on /config. */
import type { BackendState } from '../../src-shared/api.ts'
import type { Standing } from '../lib/flow.ts'
import { duration } from '../lib/format.ts'
import { list } from '../lib/routing.ts'
import { taskWords } from './tasks.ts'

const STATES: Readonly<Record<Standing, string>> = {
  serving: 'Healthy',
  standby: 'Healthy',
  away: 'Off',
  paused: 'Paused',
  waking: 'Starting',
  unknown: 'Unknown',
}

/** `Smart search, faces`: searching photos and words are one thing where both are meant. */
function served(works: readonly string[]): string {
  const isWhole = works.includes('clip/visual') && works.includes('clip/textual')
  const words = works.flatMap((work) => {
    if (!isWhole || !work.startsWith('clip/')) return taskWords(work).words
    return work === 'clip/visual' ? 'Smart search' : []
  })
  const text = list(words.map((word, index) => (index === 0 ? word : word.toLowerCase())))
  return text === '' ? 'in no route yet' : text
}

export const words = {
  state: (standing: Standing): string => STATES[standing],
  edit: (name: string): string => `Edit ${name}`,
  editShort: 'Edit',
  close: 'Close',
  served,
  /** `2 running · 6 waiting · 63 ms` */
  load: (state: BackendState | undefined): string => {
    if (state === undefined) return ''
    const parts: string[] = []
    if (state.inFlight > 0) parts.push(`${state.inFlight} running`)
    if (state.waiting > 0) parts.push(`${state.waiting} waiting`)
    if (state.held > 0) parts.push(`${state.held} waiting for it`)
    if (state.p50Ms !== null) parts.push(duration(state.p50Ms))
    return parts.join(' · ')
  },
  /** After the reason why it does not answer. */
  held: (state: BackendState | undefined): string =>
    state === undefined || state.held === 0 ? '' : ` · ${state.held} waiting for it`,
  edited: 'edited',
  unsaved: 'not saved yet',
  try: 'Try a picture',
  savedAs: (url: string): string => `Saved as ${url}`,
  name: 'Name',
  namePlaceholder: 'for example gpu',
  url: 'URL',
  urlPlaceholder: 'nas:3003 or http://192.168.1.20:3003',
  details: 'Limits, headers and certificate',
} as const
