/** Reads and writes the value of the field `entries`: `{task: {type: {modelName, options?}}}`. Pure. */
import { MAX_ENTRIES, MAX_ENTRY_NAME_CHARS } from './limits.ts'
import { canonicalName } from '../../src-shared/config/names.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Entry } from '../../src-shared/routing/plan.ts'
import { objectMembers, startsObject } from './json.ts'

/** The field of the form that says what to predict. */
export const ENTRIES_FIELD = 'entries'

const EXAMPLE = '{"clip":{"visual":{"modelName":"ViT-B-32__openai"}}}'

function invalid(reason: string): AppError {
  return new AppError('ENTRIES_INVALID', 400, `Invalid entries: ${reason}; send for example ${EXAMPLE}`)
}

/** Limits a name, which is repeated in errors, records and logs. */
function requireShort(name: string): void {
  if (name.length <= MAX_ENTRY_NAME_CHARS) return
  throw invalid(`a name is longer than ${MAX_ENTRY_NAME_CHARS} characters`)
}

function typesOf(task: string, json: string): Map<string, string> {
  if (!startsObject(json)) throw invalid(`task ${JSON.stringify(task)} is not an object of types`)
  const types = objectMembers(json)
  if (types.size === 0) throw invalid(`task ${JSON.stringify(task)} has no types`)
  return types
}

/**
 * The entries in the order of the text, each with its value as it was received.
 * @throws {AppError} ENTRIES_INVALID (400) or ENTRIES_TOO_MANY (413)
 */
export function parseEntries(text: string): Entry[] {
  try {
    JSON.parse(text)
  } catch (error) {
    throw invalid(`not JSON (${errorText(error).slice(0, 100)})`)
  }
  if (!startsObject(text)) throw invalid('not an object of tasks')
  const entries: Entry[] = []
  for (const [task, taskJson] of objectMembers(text)) {
    requireShort(task)
    for (const [type, json] of typesOf(task, taskJson)) {
      requireShort(type)
      if (!startsObject(json)) throw invalid(`${JSON.stringify(`${task}/${type}`)} is not an object`)
      entries.push({ task, type, json })
    }
  }
  if (entries.length === 0) throw invalid('no task in it')
  if (entries.length > MAX_ENTRIES) {
    throw new AppError(
      'ENTRIES_TOO_MANY',
      413,
      `More than ${MAX_ENTRIES} entries in one request; send fewer at once`,
    )
  }
  return entries
}

/** The value of `entries` for some entries, each with its value as it was received. */
export function entriesText(entries: readonly Entry[]): string {
  const tasks = new Map<string, string[]>()
  for (const { task, type, json } of entries) {
    const types = tasks.get(task) ?? []
    types.push(`${JSON.stringify(type)}:${json}`)
    tasks.set(task, types)
  }
  const members = Array.from(tasks, ([task, types]) => `${JSON.stringify(task)}:{${types.join(',')}}`)
  return `{${members.join(',')}}`
}

/** The entry's name in records, logs and errors, for example `clip/visual`. */
export function entryName(entry: Entry): string {
  return `${entry.task}/${entry.type}`
}

/** The entry's model, as `clip/visual/ViT-B-32__openai`; without a name where it has none. */
export function modelName(entry: Entry): string {
  const { modelName: name } = JSON.parse(entry.json) as { modelName?: unknown }
  const shown = typeof name === 'string' ? name.slice(0, MAX_ENTRY_NAME_CHARS) : ''
  return `${canonicalName(entry.task)}/${entry.type}/${shown}`
}

/** Whether all entries are of a search query: small, and a person waits for the answer. */
export function isTextQuery(entries: readonly Entry[]): boolean {
  return entries.every((entry) => entry.type === 'textual')
}
