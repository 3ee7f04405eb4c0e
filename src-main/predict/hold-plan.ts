/** How long a request that no backend can answer waits for one. Pure. */
import { CONTAINER_START_MS } from '../backends/limits.ts'
import { HOLD_MS, RESET_WAIT_MS, TEXT_HOLD_MS } from './limits.ts'

/** The input of the plan. */
export interface HoldFacts {
  readonly isText: boolean
  /** The policy of its route is `wait`. */
  readonly isWaitedFor: boolean
  /** A backend of its route is being woken, starts, is paused, or mends what keeps it from answering: it will answer. */
  readonly isComing: boolean
  /** A backend starts, or is woken for text queries too. */
  readonly isComingForText: boolean
  /** The container of a backend starts; its start has a time limit of its own. */
  readonly isStarting: boolean
  readonly graceSeconds: number
  /** An attempt was reset: its backend may be about to start another worker. */
  readonly wasReset: boolean
  /** It has waited before. */
  readonly hasWaited: boolean
  /** 0 where no early headers can be sent. */
  readonly beyondMinutes: number
}

/** On the monotonic clock, milliseconds. */
export interface HoldTimes {
  /** When the request came. */
  readonly startedAt: number
  /** When it first found no backend: one that comes and goes holds it no longer. */
  readonly heldFrom: number
}

export interface HoldPlan {
  /** Until when it waits, on the monotonic clock, milliseconds. */
  readonly until: number
  /** Headers are sent before the answer is known, so that Immich goes on waiting. */
  readonly isEarly: boolean
}

export interface HoldPlanLimits {
  /** {@link HOLD_MS} by default. */
  readonly imageMs?: number | undefined
  /** {@link TEXT_HOLD_MS} by default. */
  readonly textMs?: number | undefined
}

const MINUTE_MS = 60_000

/** Until when a request waits; undefined where it does not. */
export function planHold(
  facts: HoldFacts,
  times: HoldTimes,
  limits: HoldPlanLimits = {},
): HoldPlan | undefined {
  const { startedAt, heldFrom } = times
  const { imageMs = HOLD_MS, textMs = TEXT_HOLD_MS } = limits
  const graceMs = Math.max(facts.graceSeconds * 1000, facts.wasReset ? RESET_WAIT_MS : 0)
  if (facts.isText) {
    if (facts.isStarting) return { until: startedAt + CONTAINER_START_MS, isEarly: false }
    if (facts.isComingForText) return { until: startedAt + textMs, isEarly: false }
    // A text waits once only, since a person waits for it.
    const isWorkerBack = facts.wasReset && !facts.hasWaited
    return isWorkerBack ? { until: heldFrom + graceMs, isEarly: false } : undefined
  }
  const longUntil = startedAt + imageMs
  if (facts.isWaitedFor && facts.beyondMinutes > 0) {
    return { until: longUntil + facts.beyondMinutes * MINUTE_MS, isEarly: true }
  }
  if (facts.isWaitedFor || facts.isComing) return { until: longUntil, isEarly: false }
  // A grace that is longer than what is left of the request ends with it.
  return { until: Math.min(heldFrom + graceMs, longUntil), isEarly: false }
}
