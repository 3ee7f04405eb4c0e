/** Puts together what `POST /predict` needs. */
import type { ServiceParts } from '../http/parts.ts'
import type { PredictDeps } from '../http/predict.ts'
import { replyHeaders } from '../http/answer.ts'
import { Admission } from '../predict/admission.ts'
import { BufferPool } from '../predict/memory/buffer-pool.ts'
import { Dispatcher } from '../predict/dispatcher.ts'
import { PredictionHandler } from '../predict/handler.ts'
import { Predictor } from '../predict/predictor.ts'
import { QueuePositions } from '../predict/queue.ts'
import type { BackendSlots } from '../predict/backend-slots.ts'

/** Limits that a test can wait for; the defaults where they are absent. */
export interface PredictLimits {
  readonly requestTimeoutMs?: number
  readonly bodyIdleTimeoutMs?: number
  readonly maxBodyBytes?: number
  readonly predictions?: number
  readonly heldBytes?: number
  readonly admissionTimeoutMs?: number
}

/** The parts that a prediction passes. */
export interface PredictParts extends PredictDeps {
  readonly admission: Admission
  readonly positions: QueuePositions
}

/** Around the parts that the service shares. */
export function predictDeps(
  parts: Pick<ServiceParts, 'registry' | 'monitor' | 'recorder' | 'log' | 'proxyId' | 'door'> & {
    slots: BackendSlots
  },
  limits: PredictLimits,
): PredictParts {
  const { registry, monitor, recorder, slots, log, proxyId, door } = parts
  const positions = new QueuePositions()
  const admission = new Admission({
    predictions: limits.predictions,
    heldBytes: limits.heldBytes,
    timeoutMs: limits.admissionTimeoutMs,
  })
  const predictor = new Predictor({
    registry,
    dispatcher: new Dispatcher({ monitor, slots, recorder }),
    requestTimeoutMs: limits.requestTimeoutMs,
  })
  return {
    handler: new PredictionHandler({
      predictor,
      admission,
      positions,
      recorder,
      log,
      proxyId,
      replyHeaders,
    }),
    admission,
    positions,
    log,
    door,
    lots: new BufferPool(),
    limits: { maxBytes: limits.maxBodyBytes, idleTimeoutMs: limits.bodyIdleTimeoutMs },
  }
}
