/** Takes a slot on a backend by its name, for a replay. */
import type { Backend } from '../backends/backend.ts'
import { ClientGone, type Cancellation } from '../platform/cancellation.ts'
import { AppError } from '../platform/errors.ts'
import type { BackendSlots } from './backend-slots.ts'
import { IMAGE_WAIT_MS } from './limits.ts'
import type { QueuePosition } from './queue.ts'
import type { Running } from './schedule/backend-load.ts'
import type { Ask } from './schedule/scheduler.ts'

export interface OneBackendOptions {
  readonly slots: BackendSlots
  readonly position: QueuePosition
  /** The kind of the request, as `clip/visual`. */
  readonly work: string
  readonly cancellation: Cancellation
}

/**
 * Takes a slot on a backend in any health; waits behind the predictions in its queue.
 * @returns the slot, to be released by `BackendSlots.end`
 * @throws {AppError} BUSY (503) when the time is over
 * @throws {ClientGone} when the client went away during the wait
 */
export async function slotOn(backend: Backend, options: OneBackendOptions): Promise<Running> {
  const { slots, position, work, cancellation } = options
  const { name } = backend
  const ask: Ask = {
    tiers: [{ key: `backend:${name}`, pool: [name], share: 'round-robin' }],
    tried: new Set(),
    isText: position.isText,
    work,
    order: position.number,
    candidate: () => ({ load: slots.loadOf(backend), status: 'healthy' }),
  }
  const waitMs = backend.config.queueTimeoutMs ?? IMAGE_WAIT_MS
  const deadline = performance.now() + waitMs
  const end = slots.take(ask) ?? (await slots.wait(ask, { patienceMs: () => waitMs, deadline, cancellation }))
  if (typeof end === 'object' && 'load' in end) return end
  if (end === 'aborted') throw new ClientGone()
  throw new AppError(
    'BUSY',
    503,
    `${name}: no free slot within ${Math.round(waitMs / 1000)} s; try again later`,
  )
}
