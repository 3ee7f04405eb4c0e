/**
 * Tells which of the models that cannot be loaded Immich uses. Any client may ask for a model of any name; Immich's
 * server fails to load one that does not exist, and that must not pause Immich's queues.
 */
import { guardedTask } from '../../src-shared/immich.ts'
import type { ReadSettings } from './guard-types.ts'

/** Owns since when each model could not be loaded. Times are Unix milliseconds. */
export class UsedModels {
  #since: ReadonlyMap<string, number> = new Map()

  /**
   * Those of the models that Immich may use. One that its settings do not name counts as well until they were read
   * after its failure, since an admin may just have chosen it: the guard reads them before each pause.
   * @param models all that cannot be loaded now, as `clip/visual/ViT-B-32__openai`
   * @param settings Immich's, as they were read last; undefined before
   */
  of(models: readonly string[], settings: ReadSettings | undefined, now: number): ReadonlySet<string> {
    const before = this.#since
    // The clock may have been set back.
    this.#since = new Map(models.map((model) => [model, Math.min(before.get(model) ?? now, now)]))
    const used = [...this.#since].filter(([model, since]) => mayBeUsed(model, since, settings))
    return new Set(used.map(([model]) => model))
  }
}

function mayBeUsed(model: string, since: number, settings: ReadSettings | undefined): boolean {
  // The name may contain slashes itself.
  const [task = '', , ...name] = model.split('/')
  const known = guardedTask(task)
  const named = known === undefined ? undefined : settings?.models[known]
  if (settings === undefined || named === undefined) return true
  return named === name.join('/') || settings.at <= since
}
