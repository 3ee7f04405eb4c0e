/** Merges the answers of several dispatches into one, values as they came. Pure. */
import type { Entry } from '../../src-shared/routing/plan.ts'
import { canonicalName } from '../../src-shared/config/names.ts'
import { objectMembers, startsObject } from '../wire/json.ts'

export interface DispatchAnswer {
  readonly entries: readonly Entry[]
  /** The text of a JSON object, each byte a character (latin1), so that nothing is decoded. */
  readonly latin1: string
}

const IMAGE_KEYS = ['imageHeight', 'imageWidth']

/** Whether a text is the same in UTF-8 and in latin1; the names of all real tasks are. */
const isPrintableAscii = (text: string): boolean => /^[ -~]*$/.test(text)
const toUtf8 = (latin1: string): string =>
  isPrintableAscii(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8')
const toLatin1 = (utf8: string): string =>
  isPrintableAscii(utf8) ? utf8 : Buffer.from(utf8, 'utf8').toString('latin1')

function writeObject(members: ReadonlyMap<string, string>): string {
  let text = '{'
  for (const [key, value] of members) {
    text += `${text.length === 1 ? '' : ','}${toLatin1(JSON.stringify(key))}:${value}`
  }
  return `${text}}`
}

function decodedMembers(latin1: string): Map<string, string> {
  const members = new Map<string, string>()
  for (const [key, value] of objectMembers(latin1)) members.set(toUtf8(key), value)
  return members
}

/** The order of the keys that are no tasks: the image's size comes first. */
function otherRank(key: string): number {
  const index = IMAGE_KEYS.indexOf(key)
  return index === -1 ? IMAGE_KEYS.length : index
}

/** Two values of one task: objects are merged; of anything else the later one counts, as on a single backend. */
function combine(earlier: string | undefined, later: string): string {
  if (earlier === undefined || !startsObject(earlier) || !startsObject(later)) return later
  return writeObject(new Map([...decodedMembers(earlier), ...decodedMembers(later)]))
}

interface Answered {
  readonly entries: readonly Entry[]
  /** The answer's members: names decoded, values as they came. */
  readonly values: ReadonlyMap<string, string>
}

/** The value of one task: merged of all answers that hold it, the one with the later entry last. */
function taskValue(
  canonical: string,
  entries: readonly Entry[],
  answers: readonly Answered[],
): string | undefined {
  const isOfTask = (entry: Entry): boolean => canonicalName(entry.task) === canonical
  const lastEntry = (answer: Answered): number =>
    entries.findLastIndex((entry) => isOfTask(entry) && answer.entries.includes(entry))
  let merged: string | undefined
  for (const { values } of [...answers].sort((a, b) => lastEntry(a) - lastEntry(b))) {
    for (const [key, value] of values) if (canonicalName(key) === canonical) merged = combine(merged, value)
  }
  return merged
}

/**
 * Makes one answer of several: the tasks under the names and in the order of the request, then `imageHeight` and
 * `imageWidth`, then whatever else a backend answered.
 * @param entries all entries of the request
 */
export function mergeAnswers(entries: readonly Entry[], answers: readonly DispatchAnswer[]): Buffer {
  const answered = answers.map(({ entries: own, latin1 }) => ({
    entries: own,
    values: decodedMembers(latin1),
  }))
  const taskNames = new Map<string, string>()
  for (const { task } of entries) {
    if (!taskNames.has(canonicalName(task))) taskNames.set(canonicalName(task), task)
  }
  const merged = new Map<string, string>()
  for (const [canonical, task] of taskNames) {
    const value = taskValue(canonical, entries, answered)
    if (value !== undefined) merged.set(task, value)
  }
  const others = answered
    .flatMap(({ values }) => [...values])
    .filter(([key]) => !taskNames.has(canonicalName(key)))
    .sort(([a], [b]) => otherRank(a) - otherRank(b))
  for (const [key, value] of others) if (!merged.has(key)) merged.set(key, value)
  return Buffer.from(writeObject(merged), 'latin1')
}
