/**
 * Images whose connection was reset while a backend worked on them: one of them may end each worker that reads it. They are
 * tried one at a time on each backend, so that a good one is not reset again along with the one that does.
 */
import type { Backend } from '../backends/backend.ts'
import type { RequestContext } from './context.ts'
import { PrioritySemaphore, type Permit } from './semaphore.ts'

export class Suspects {
  readonly #turns = new WeakMap<Backend, PrioritySemaphore>()

  /**
   * Waits for the turn on a backend of which a slot was taken.
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone} when the client went away during the wait
   */
  turn(backend: Backend, { position, cancellation, deadline }: RequestContext): Promise<Permit> {
    let turns = this.#turns.get(backend)
    if (turns === undefined) {
      turns = new PrioritySemaphore({
        capacity: 1,
        busy: `${backend.name}: connection reset; no turn to try it once more`,
      })
      this.#turns.set(backend, turns)
    }
    return turns.acquire(1, position, cancellation, Math.max(1, deadline - performance.now()))
  }
}
