/** Plans the dispatches of a request from its entries. Pure. */
import { canonicalName } from '../config/names.ts'
import type { Config } from '../config/schema.ts'
import { tiersFor, typeTier, type Tier } from './tiers.ts'

/** One task and type of a request, with its value as the JSON text that was received. */
export interface Entry {
  readonly task: string
  readonly type: string
  readonly json: string
}

/** An outgoing request: its entries, and the tiers of backends that may answer it. */
export interface Dispatch {
  readonly tiers: readonly Tier[]
  readonly entries: readonly Entry[]
}

/** Two types of which the second uses the first one's output within the same request. */
const PRODUCER = 'detection'
const CONSUMER = 'recognition'

/**
 * Whether a task has both types. Its recognition needs the output of detection, so both must go to the same backend.
 */
function isJoined(types: readonly string[]): boolean {
  const names = types.map(canonicalName)
  return names.includes(PRODUCER) && names.includes(CONSUMER)
}

/** The type whose route decides for a task with both: the first that has a route of its own, else the first. */
function decidingType(config: Config, types: readonly string[]): string {
  return types.find((type) => typeTier(config, type) !== undefined) ?? types[0] ?? ''
}

function byTask(entries: readonly Entry[]): Map<string, Entry[]> {
  const tasks = new Map<string, Entry[]>()
  for (const entry of entries) {
    const list = tasks.get(entry.task)
    if (list === undefined) tasks.set(entry.task, [entry])
    else list.push(entry)
  }
  return tasks
}

/**
 * Assigns every entry to exactly one dispatch. Entries with the same tiers share one, in the order of the request;
 * entries that depend on each other stay together.
 * @param tiersOf {@link tiersFor}, unless they are kept somewhere
 */
export function planDispatches(
  config: Config,
  entries: readonly Entry[],
  tiersOf: (task: string, type: string) => readonly Tier[] = (task, type) => tiersFor(config, task, type),
): Dispatch[] {
  const [only] = entries
  if (entries.length === 1 && only !== undefined) {
    return [{ tiers: tiersOf(only.task, only.type), entries }]
  }
  const dispatches = new Map<string, { tiers: readonly Tier[]; entries: Entry[] }>()
  const tiersOfEntry = new Map<Entry, readonly Tier[]>()
  for (const [task, ofTask] of byTask(entries)) {
    const types = ofTask.map((entry) => entry.type)
    const together = isJoined(types) ? tiersOf(task, decidingType(config, types)) : undefined
    for (const entry of ofTask) tiersOfEntry.set(entry, together ?? tiersOf(task, entry.type))
  }
  for (const entry of entries) {
    const tiers = tiersOfEntry.get(entry) ?? []
    const key = tiers.map((tier) => tier.key).join('>')
    const dispatch = dispatches.get(key)
    if (dispatch === undefined) dispatches.set(key, { tiers, entries: [entry] })
    else dispatch.entries.push(entry)
  }
  return [...dispatches.values()]
}
