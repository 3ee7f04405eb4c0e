/** Under which tasks an attempt is counted. Clients choose the names in a request, so only known ones are used. Pure. */
import { canonicalName } from '../../src-shared/config/names.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import { IMMICH_TASKS, OTHERS } from '../../src-shared/history.ts'
import type { Entry } from '../../src-shared/routing/plan.ts'

/** The tasks that are counted: Immich's, and those that a route of the configuration names. */
export function countedTasks({ taskRouting }: Pick<Config, 'taskRouting'>): ReadonlySet<string> {
  return new Set([...IMMICH_TASKS, ...Object.keys(taskRouting).map(canonicalName)])
}

function taskOf({ task, type }: Pick<Entry, 'task' | 'type'>, counted: ReadonlySet<string>): string {
  const name = canonicalName(task)
  const withType = `${name}/${canonicalName(type)}`
  if (counted.has(withType)) return withType
  return counted.has(name) ? name : OTHERS
}

/** The tasks that are counted, and those of lists of entries, of which mostly the same few come again. */
export class TaskNames {
  readonly counted: ReadonlySet<string>
  readonly #known = new WeakMap<object, readonly string[]>()

  constructor(config: Pick<Config, 'taskRouting'>) {
    this.counted = countedTasks(config)
  }

  /** As {@link tasksOf}. */
  of(entries: readonly Pick<Entry, 'task' | 'type'>[]): readonly string[] {
    let tasks = this.#known.get(entries)
    if (tasks === undefined) {
      tasks = tasksOf(entries, this.counted)
      this.#known.set(entries, tasks)
    }
    return tasks
  }
}

/** The tasks of these entries, each once: both types of `ocr` are one. */
export function tasksOf(
  entries: readonly Pick<Entry, 'task' | 'type'>[],
  counted: ReadonlySet<string>,
): readonly string[] {
  const [first, ...rest] = entries
  if (first === undefined) return [OTHERS]
  const task = taskOf(first, counted)
  // Immich asks for one task at a time.
  if (rest.every((entry) => taskOf(entry, counted) === task)) return [task]
  return [...new Set(entries.map((entry) => taskOf(entry, counted)))]
}
