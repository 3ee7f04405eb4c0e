/**
 * The models that a backend could not load. Immich's server answers 500 to every request for such a model until nobody
 * has asked for it for its idle time of 300 s: each request keeps it broken; a restart mends it.
 */
import { MAX_BENCHED_TASKS, MODEL_BROKEN_MS } from './limits.ts'

/** A model that no request is sent for at the moment. */
export interface BrokenModel {
  /** Task, type and model, as `clip/visual/ViT-B-32__openai`. */
  readonly key: string
  /** From when requests for it are sent again, on the monotonic clock, milliseconds. */
  readonly until: number
}

/** Owns the broken models of one backend, the last ones that failed. Times are milliseconds on the monotonic clock. */
export class BrokenModels {
  readonly #until = new Map<string, number>()

  /**
   * Takes in that the backend could not load these models: none of them gets a request for {@link MODEL_BROKEN_MS} from
   * now. Any client can ask for models that do not exist; without room the one that failed longest ago goes.
   */
  add(keys: readonly string[], now: number): void {
    for (const key of keys) {
      this.#until.delete(key)
      const [oldest] = this.#until.keys()
      if (oldest !== undefined && this.#until.size >= MAX_BENCHED_TASKS) this.#until.delete(oldest)
      this.#until.set(key, now + MODEL_BROKEN_MS)
    }
  }

  /** Whether the backend could not load one of these models. @param keys called only where any model is broken */
  has(keys: () => readonly string[], now: number): boolean {
    if (this.#until.size === 0) return false
    return keys().some((key) => (this.#until.get(key) ?? 0) > now)
  }

  /** To be called when the backend was restarted, or answered for these models: requests for them are sent again. */
  clear(keys: Iterable<string> = [...this.#until.keys()]): void {
    for (const key of keys) this.#until.delete(key)
  }

  get isEmpty(): boolean {
    return this.#until.size === 0
  }

  /** The models that no request is sent for now. */
  list(now: number): BrokenModel[] {
    return [...this.#until].filter(([, until]) => until > now).map(([key, until]) => ({ key, until }))
  }
}
