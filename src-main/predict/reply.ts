/** The replies that clients get, and the wording of failures. Pure. */
import { headerOf, type Answer } from '../backends/client.ts'
import type { AppError } from '../platform/errors.ts'
import { entryName } from '../wire/entries.ts'
import type { LossReason } from '../../src-shared/immich.ts'
import type { Dispatch } from '../../src-shared/routing/plan.ts'
import type { FailedAttempt } from './attempt.ts'
import { RETRY_AFTER_SECONDS } from './limits.ts'
import type { Outcome } from './progress.ts'

/** The answer to a prediction. */
export interface Reply {
  readonly status: number
  /** For the reason phrase: the only part of an error that Immich's log shows. */
  readonly reason?: string | undefined
  readonly contentType: string
  readonly retryAfter?: string | undefined
  readonly body: Buffer
  /** Why the image counts as lost; undefined where it was answered, or is itself the cause. */
  readonly loss?: LossReason | undefined
}

const JSON_TYPE = 'application/json; charset=utf-8'

function jsonReply(status: number, reason: string, error: Record<string, unknown>): Reply {
  return {
    status,
    reason,
    contentType: JSON_TYPE,
    retryAfter: undefined,
    body: Buffer.from(JSON.stringify(error)),
  }
}

const busyReply = (reply: Reply): Reply => ({ ...reply, retryAfter: String(RETRY_AFTER_SECONDS) })

/** The reply to an error of ours, with its details beside the sentence; a 503 may be tried again. */
export function replyOfError({ status, message, details }: AppError): Reply {
  const reply = jsonReply(status, message, { error: message, ...details })
  return status === 503 ? busyReply(reply) : reply
}

/** Why an image is lost with an error of ours, by the code of the error; undefined where it is not. */
const LOSS_OF_ERROR: Readonly<Partial<Record<string, LossReason>>> = {
  BUSY: 'full',
  HOLD_FULL: 'full',
  NO_BACKENDS: 'away',
}

export const lossOfError = ({ code }: AppError): LossReason | undefined => LOSS_OF_ERROR[code]

/** `gpu: connection refused; nas: answered 500` */
function attemptsText(attempts: readonly FailedAttempt[]): string {
  return attempts.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ')
}

/** A backend's answer as it came: a result, or an error of which the reason phrase tells the attempts. */
export function replyOfAnswer(
  answer: Answer,
  ok: boolean,
  attempts: readonly FailedAttempt[],
  loss?: LossReason,
): Reply {
  const { status, body } = answer
  return {
    status,
    reason: ok ? undefined : attemptsText(attempts),
    contentType: headerOf(answer, 'content-type') ?? 'application/octet-stream',
    retryAfter: headerOf(answer, 'retry-after'),
    body,
    loss,
  }
}

/** 503 where no backend is configured, none had a free slot or none could be asked, 504 where all timed out, else 502. */
export function replyOfFailure(dispatch: Dispatch, attempts: readonly FailedAttempt[]): Reply {
  if (dispatch.tiers.length === 0) {
    const names = dispatch.entries.map(entryName).join(', ')
    const error = `No backend is configured for ${names}; add one on the page /config`
    return jsonReply(503, 'no backend configured', { error })
  }
  const text = attemptsText(attempts)
  const error = `No backend answered: ${text === '' ? 'the time limit was reached' : text}`
  const details = { error, errors: attempts.map(({ backend, reason }) => `${backend}: ${reason}`) }
  const isUntried = ({ cause }: FailedAttempt): boolean => cause === 'no-slot' || cause === 'not-asked'
  if (attempts.length > 0 && attempts.every(isUntried)) {
    return busyReply(jsonReply(503, text, details))
  }
  const timedOut = attempts.every(({ cause }) => cause === 'timeout')
  return jsonReply(timedOut ? 504 : 502, text === '' ? 'time limit reached' : text, details)
}

/** One dispatch of several that failed, in one sentence. */
export function describeFailure(dispatch: Dispatch, outcome: Outcome): string {
  const names = dispatch.entries.map(entryName).join(', ')
  if (outcome.kind === 'answer') {
    const last = outcome.attempts.findLast(({ backend }) => backend === outcome.backend)
    return `${names} on ${outcome.backend}: ${last?.reason ?? `answered ${outcome.answer.status}`}`
  }
  if (outcome.kind !== 'failed') return `${names}: given up by the client`
  if (dispatch.tiers.length === 0) return `${names}: no backend is configured`
  return `${names} on ${attemptsText(outcome.attempts) || 'no backend: time limit reached'}`
}

/** 502 for a prediction of which some dispatches failed: Immich could not use a part of it. */
export function replyOfPartialFailure(errors: readonly string[]): Reply {
  return jsonReply(502, errors.join('; '), { error: 'Failed to process some types', errors })
}

/** The merged answer of several dispatches. */
export function replyOfMerged(body: Buffer): Reply {
  return { status: 200, contentType: JSON_TYPE, body }
}
