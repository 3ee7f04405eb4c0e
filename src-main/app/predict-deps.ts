/** Puts together what `POST /predict` needs. */
import type { ServiceParts } from '../http/parts.ts'
import type { PredictDeps } from '../http/predict.ts'
import { createAdmission } from '../predict/admission.ts'
import { KnownEntries } from '../predict/known-entries.ts'
import { BufferPool } from '../predict/memory/buffer-pool.ts'
import { Dispatcher } from '../predict/dispatcher.ts'
import { Predictor } from '../predict/predictor.ts'
import { QueuePositions } from '../predict/queue.ts'
import type { BackendSlots } from '../predict/backend-slots.ts'
import { TimeLimits } from '../platform/time-limits.ts'

/** Limits that a test can wait for; the defaults where they are absent. */
export interface PredictLimits {
  readonly requestTimeoutMs?: number
  readonly bodyIdleTimeoutMs?: number
  readonly maxBodyBytes?: number
  readonly predictions?: number
  readonly heldBytes?: number
  readonly admissionTimeoutMs?: number
}

/** The parts of the way of a prediction, around those that the service shares. */
export function predictDeps(
  parts: Pick<ServiceParts, 'registry' | 'monitor' | 'recorder' | 'log' | 'proxyId' | 'door'> & {
    room: BackendSlots
  },
  limits: PredictLimits,
): PredictDeps {
  const { registry, monitor, recorder, room, log, proxyId, door } = parts
  const positions = new QueuePositions()
  const admission = createAdmission({
    predictions: limits.predictions,
    heldBytes: limits.heldBytes,
    timeoutMs: limits.admissionTimeoutMs,
  })
  const predictor = new Predictor({
    registry,
    dispatcher: new Dispatcher({ monitor, room, recorder }),
    gate: admission.predictions,
    positions,
    requestTimeoutMs: limits.requestTimeoutMs,
  })
  const received = { maxBytes: limits.maxBodyBytes, idleTimeoutMs: limits.bodyIdleTimeoutMs }
  return {
    predictor,
    recorder,
    admission,
    positions,
    knownEntries: new KnownEntries(),
    log,
    door,
    proxyId,
    bufferPool: new BufferPool(),
    timeLimits: new TimeLimits(),
    limits: received,
  }
}
