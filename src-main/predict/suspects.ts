/**
 * Images whose connection was reset after they were sent whole: one of them may end each worker that reads it. Each is
 * tried again alone on its backend, so that a good one is not reset along with the one that does.
 */
import type { Backend } from '../backends/backend.ts'
import { ClientGone } from '../platform/cancellation.ts'
import { AppError } from '../platform/errors.ts'
import type { BackendSlots } from './backend-slots.ts'
import type { RequestContext } from './context.ts'
import { PrioritySemaphore, type Permit } from './semaphore.ts'

const noTurn = (backend: Backend): string =>
  `${backend.name}: connection reset; not tried again, as others ran there all the time`

/** Owns whose turn it is on each backend among the images that were reset. */
export class Suspects {
  readonly #slots: BackendSlots
  readonly #turns = new WeakMap<Backend, PrioritySemaphore>()

  constructor(slots: BackendSlots) {
    this.#slots = slots
  }

  /**
   * Exchanges a slot for one that is alone on its backend. The slot is released at once, also where this fails: those
   * that wait for their turn would else keep each other from being alone. What waits holds no place in flight.
   * @returns the turn, to be released after the new slot
   * @throws {AppError} BUSY (503) when the time is over
   * @throws {ClientGone} when the client went away during the wait
   */
  async exchange(backend: Backend, context: RequestContext): Promise<Permit> {
    this.#slots.release(backend)
    const waiting = this.#wait(backend, context)
    try {
      return await context.place.outside(waiting)
    } catch (error) {
      // It got its turn, but no place in flight.
      const turn = await waiting.catch(() => undefined)
      if (turn !== undefined) {
        this.#slots.release(backend)
        turn.release()
      }
      throw error
    }
  }

  async #wait(backend: Backend, { position, cancellation, deadline }: RequestContext): Promise<Permit> {
    const leftMs = (): number => Math.max(1, deadline - performance.now())
    const turn = await this.#turnsOf(backend).acquire(1, position, cancellation, leftMs())
    const end = await this.#slots.alone(backend, leftMs(), cancellation)
    if (end === 'alone') return turn
    turn.release()
    throw end === 'aborted' ? new ClientGone() : new AppError('BUSY', 503, noTurn(backend))
  }

  #turnsOf(backend: Backend): PrioritySemaphore {
    const known = this.#turns.get(backend)
    if (known !== undefined) return known
    const turns = new PrioritySemaphore({ capacity: 1, busy: noTurn(backend) })
    this.#turns.set(backend, turns)
    return turns
  }
}
