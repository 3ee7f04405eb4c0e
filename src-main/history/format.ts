/** The minutes as the JSON of `state/history.json.gz`, in lists of numbers. */
import { setImmediate } from 'node:timers/promises'
import * as z from 'zod'
import { HISTORY_STATES } from '../../src-shared/history.ts'
import { LAST_CLASS, SLICE_MINUTES } from './limits.ts'
import { emptyMinute, seriesKey, seriesOf, type Minute, type Minutes } from './minutes.ts'

const VERSION = 1

const isAmount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const amount = z.int().min(0)
/** Judged in one loop: a day has some hundred thousand numbers, and a schema for each takes ten times as long. */
const amounts = (atLeast: number): z.ZodType<number[]> =>
  z.custom<number[]>((value) => Array.isArray(value) && value.length >= atLeast && value.every(isAmount))
/** The number of the series, images, texts, failures, then classes of durations and their counts in turn. */
const cellSchema = amounts(4)
/** The number of the backend, waiting, running, then numbers of states and their counts in turn. */
const backendSchema = amounts(3)
const minuteSchema = z.tuple([
  amount,
  amount,
  amount,
  z.tuple([amount, amount, amount, amount]),
  z.array(cellSchema),
  z.array(backendSchema),
])
const fileSchema = z.object({
  version: z.literal(VERSION),
  series: z.array(z.tuple([z.string(), z.string()])),
  backends: z.array(z.string()),
  minutes: z.array(minuteSchema),
})

type StoredMinute = z.infer<typeof minuteSchema>

/** Numbers names in the order in which they come. */
class Numbers {
  readonly #numbers = new Map<string, number>()

  of(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.#numbers.size)
    return this.#numbers.size - 1
  }

  get names(): string[] {
    return [...this.#numbers.keys()]
  }
}

function storedMinute(number: number, minute: Minute, series: Numbers, backends: Numbers): StoredMinute {
  const { samples, held, replies, cells } = minute
  return [
    number,
    samples,
    held,
    [replies.images, replies.texts, replies.failedImages, replies.failedTexts],
    [...cells].map(([key, { images, texts, failures, durations }]) => [
      series.of(key),
      images,
      texts,
      failures,
      ...durations,
    ]),
    [...minute.backends].map(([name, { waiting, running, states }]) => [
      backends.of(name),
      waiting,
      running,
      ...[...states].flatMap(([state, count]) => [HISTORY_STATES.indexOf(state), count]),
    ]),
  ]
}

/**
 * The text of the file. It is written in slices with turns of the event loop between them: all at once a day of twelve
 * busy backends takes 0.1 s, in which no prediction would go on.
 */
export async function writeMinutes(minutes: Minutes): Promise<string> {
  const [series, backends] = [new Numbers(), new Numbers()]
  const sorted = [...minutes.entries()].sort(([a], [b]) => a - b)
  const texts: string[] = []
  for (let from = 0; from < sorted.length; from += SLICE_MINUTES) {
    if (from > 0) await setImmediate()
    for (const [number, minute] of sorted.slice(from, from + SLICE_MINUTES))
      texts.push(JSON.stringify(storedMinute(number, minute, series, backends)))
  }
  const head = JSON.stringify({
    version: VERSION,
    series: series.names.map((key) => {
      const { backend, task } = seriesOf(key)
      return [backend, task]
    }),
    backends: backends.names,
  })
  return `${head.slice(0, -1)},"minutes":[${texts.join(',')}]}`
}

/** The pairs of a list from an index on. */
function* pairsFrom(list: readonly number[], from: number): Generator<readonly [number, number]> {
  for (let at = from; at + 1 < list.length; at += 2) yield [list[at] ?? 0, list[at + 1] ?? 0]
}

function readMinute(stored: StoredMinute, series: readonly string[], backends: readonly string[]): Minute {
  const [, samples, held, [images, texts, failedImages, failedTexts], cells, seen] = stored
  const minute: Minute = {
    ...emptyMinute(),
    samples,
    held,
    replies: { images, texts, failedImages, failedTexts },
  }
  for (const cell of cells) {
    const [of = -1, ofImages = 0, ofTexts = 0, failures = 0] = cell
    const key = series[of]
    if (key === undefined) continue
    const durations = [...pairsFrom(cell, 4)].filter(([ofClass]) => ofClass <= LAST_CLASS).flat()
    minute.cells.set(key, { images: ofImages, texts: ofTexts, failures, durations })
  }
  for (const backend of seen) {
    const [of = -1, waiting = 0, running = 0] = backend
    const name = backends[of]
    if (name === undefined) continue
    const states = [...pairsFrom(backend, 3)].flatMap(([index, count]) => {
      const state = HISTORY_STATES[index]
      return state === undefined ? [] : [[state, count] as const]
    })
    minute.backends.set(name, { waiting, running, states: new Map(states) })
  }
  return minute
}

/**
 * Puts what was written into minutes.
 * @throws {SyntaxError | z.ZodError} where the text is not such a file; then nothing was put in
 */
export function readMinutes(text: string, into: Minutes, wallMs: number): void {
  const { series, backends, minutes } = fileSchema.parse(JSON.parse(text))
  const keys = series.map(([backend, task]) => seriesKey(backend, task))
  for (const stored of minutes) into.restore(stored[0], readMinute(stored, keys, backends), wallMs)
}
