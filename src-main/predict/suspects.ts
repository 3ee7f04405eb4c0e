/**
 * Images whose connection was reset after they were sent whole: one of them may end each worker that reads it. Each is
 * tried again alone on its backend, so that a good one is not reset by the one that ends the worker.
 */
import type { Backend } from '../backends/backend.ts'
import { ClientGone } from '../platform/cancellation.ts'
import { AppError } from '../platform/errors.ts'
import type { BackendSlots } from './backend-slots.ts'
import type { Taken } from './candidate-finder.ts'
import type { RequestContext } from './context.ts'
import type { BackendLoad } from './schedule/backend-load.ts'
import { PrioritySemaphore, type Permit } from './semaphore.ts'

const noTurn = (backend: Backend): string =>
  `${backend.name}: connection reset; not tried again, as others ran there all the time`

/** A slot on a backend on which nothing else runs. */
export interface Alone {
  readonly taken: Taken
  readonly turn: Permit
}

/** Owns the turns of the images that were reset, one at a time on each backend. */
export class Suspects {
  readonly #slots: BackendSlots
  readonly #turns = new WeakMap<BackendLoad, PrioritySemaphore>()

  constructor(slots: BackendSlots) {
    this.#slots = slots
  }

  /**
   * Exchanges a slot for one that is alone on its backend. The slot is released at once, also where this fails: those
   * that wait for their turn would else keep each other from being alone. The permit is released during the wait.
   * @param work its kind
   * @returns the new slot, and the turn, to be released after it
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone} when the client went away during the wait
   */
  async exchange({ backend, running }: Taken, work: string, context: RequestContext): Promise<Alone> {
    this.#slots.end(running, 'cancelled')
    const waiting = this.#wait(backend, work, context)
    try {
      return await context.permit.releaseDuring(waiting)
    } catch (error) {
      // The wait ended with a turn, but the prediction got no permit: the turn is released.
      const alone = await waiting.catch(() => undefined)
      if (alone !== undefined) {
        this.#slots.end(alone.taken.running, 'cancelled')
        alone.turn.release()
      }
      throw error
    }
  }

  async #wait(
    backend: Backend,
    work: string,
    { position, cancellation, deadline }: RequestContext,
  ): Promise<Alone> {
    const leftMs = (): number => Math.max(1, deadline - performance.now())
    const turn = await this.#turnsOf(backend).acquire(1, position, cancellation, leftMs())
    const end = await this.#slots.alone(backend, work, leftMs(), cancellation)
    if (typeof end === 'object') return { taken: { backend, running: end }, turn }
    turn.release()
    throw end === 'aborted' ? new ClientGone() : new AppError('BUSY', 503, noTurn(backend))
  }

  #turnsOf(backend: Backend): PrioritySemaphore {
    const load = this.#slots.loadOf(backend)
    const known = this.#turns.get(load)
    if (known !== undefined) return known
    const turns = new PrioritySemaphore({ capacity: 1, busy: noTurn(backend) })
    this.#turns.set(load, turns)
    return turns
  }
}
