/** The kind of work of a dispatch: times of answers are kept for each. */
import { canonicalName } from '../../src-shared/config/names.ts'
import type { Entry } from '../../src-shared/routing/plan.ts'
import { MAX_WORK_CHARS } from './slots/limits.ts'

/** As `clip/visual` or `ocr/detection+recognition`, at most {@link MAX_WORK_CHARS} long: the names come from clients. */
export function workOf(entries: readonly Pick<Entry, 'task' | 'type'>[]): string {
  const [only] = entries
  if (entries.length === 1 && only !== undefined) return short(`${only.task}/${only.type}`)
  const types = new Map<string, string[]>()
  for (const { task, type } of entries) {
    const known = types.get(task)
    if (known === undefined) types.set(task, [type])
    else known.push(type)
  }
  return short([...types].map(([task, of]) => `${task}/${of.join('+')}`).join(','))
}

/** The kinds of lists of entries, of which mostly the same few come again. */
export class WorkKinds {
  readonly #known = new WeakMap<object, string>()

  /** As {@link workOf}. */
  of(entries: readonly Pick<Entry, 'task' | 'type'>[]): string {
    let work = this.#known.get(entries)
    if (work === undefined) {
      work = workOf(entries)
      this.#known.set(entries, work)
    }
    return work
  }
}

const short = (text: string): string => canonicalName(text.slice(0, MAX_WORK_CHARS))
