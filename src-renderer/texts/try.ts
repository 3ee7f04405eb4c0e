/** All texts of “Try a picture”. */
import type { TryResult, TryTask, TryWork } from '../../src-shared/try.ts'
import { count, duration } from '../lib/format.ts'
import type { Parity } from '../lib/parity.ts'
import { taskWords } from './tasks.ts'

/** The words of a list: `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? ''
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

const TASKS: Readonly<Record<TryTask, string>> = {
  clip: 'Smart search',
  'facial-recognition': 'Faces',
  ocr: 'Text in photos',
}

const LOADED_FACTOR = 2

/** `812 ms, then 34 ms`: the first answer loads the model where it was not in memory. */
function times({ firstMs, againMs }: TryResult): string {
  if (firstMs === null) return ''
  if (againMs === null) return duration(firstMs)
  const loading = firstMs > againMs * LOADED_FACTOR ? ' (with loading the model)' : ''
  return `${duration(firstMs)}${loading}, then ${duration(againMs)}`
}

function found({ vector, faces, texts }: TryResult): string {
  if (vector !== undefined) return `a vector of ${vector.length} numbers`
  if (faces !== undefined) return faces.length === 0 ? 'no face found' : count(faces.length, 'face')
  if (texts === undefined || texts.length === 0) return 'no text found'
  return texts.map(({ text }) => `“${text}”`).join(', ')
}

const what = (work: TryWork): string => (work === 'clip/visual' ? 'Same picture' : 'Same search words')

export const words = {
  title: 'Try a picture',
  close: 'Close',
  intro: 'Sends a picture to a backend as Immich would, and shows what comes back. Immich does not notice.',
  picture: 'Picture',
  choose: 'Choose a photo…',
  sample: 'Use the sample',
  sampleNote: 'A drawn picture. A real photo shows more: faces in a drawing are often not found.',
  scaled: (width: number, height: number): string => `${width} × ${height} pixels, as Immich sends it`,
  broken: 'This browser cannot read that picture; choose a JPEG, PNG or WebP.',
  search: 'Search words',
  searchStart: 'a house in the mountains',
  tasks: 'What to try',
  task: (task: TryTask): string => TASKS[task],
  technical: (task: TryTask): string => task,
  backends: 'Where',
  unsaved: 'not saved yet',
  models: (models: readonly string[]): string =>
    `Immich has not asked for these since the proxy started, so its defaults are used: ${listed(models)}. ` +
    'A backend that does not have one yet downloads it first; that can take minutes.',
  start: 'Try it',
  stop: 'Stop',
  reading: 'Reading the picture…',
  running: (work: TryWork, backend: string): string => `${backend}: ${taskWords(work).words}…`,
  stopped: 'Stopped.',
  done: 'Done.',
  nothing: 'Choose at least one backend and one thing to try.',
  results: 'Results',
  asked: 'Asked for',
  waiting: '–',
  modelOf: (work: TryWork, model: string): string => `${taskWords(work).technical} · ${model}`,
  work: (work: TryWork): string => taskWords(work).words,
  result: (result: TryResult): string => (result.ok ? found(result) : result.error),
  times,
  good: 'Answered',
  bad: 'Failed',
  boxesOf: 'Found by',
  boxesNote: (name: string, boxes: readonly string[]): string =>
    boxes.length === 0 ? `${name} found no face and no text.` : `${name} found: ${boxes.join(', ')}`,
  alt: 'The picture that is tried',
  parity: (parity: Parity): string => {
    const { work, one, other, cosine, lengths, level } = parity
    const start = `${what(work)}: `
    if (cosine === undefined) {
      return (
        `${start}${one} computes ${lengths[0]} numbers and ${other} ${lengths[1]}. ` +
        'These two compute different vectors: searches will miss; same model?'
      )
    }
    const value = `cosine ${cosine.toFixed(4)}`
    if (level === 'same') return `${start}${one} and ${other} compute the same vectors (${value}).`
    if (level === 'close') {
      return `${start}${one} and ${other} compute vectors that differ a little (${value}): searches find nearly the same.`
    }
    return (
      `${start}${one} and ${other} (${value}). ` +
      'These two compute different vectors: searches will miss; same model?'
    )
  },
} as const
