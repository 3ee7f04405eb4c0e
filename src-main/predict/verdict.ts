/** Judges what came of an attempt: whose fault a failure is, and whether another backend is to be asked. Pure. */
import type { Answer } from '../backends/client.ts'
import { BackendError, LOOP_REASON, LOOP_STATUS } from '../backends/reasons.ts'
import { isObjectText } from '../wire/json.ts'

export type Verdict =
  /** A usable answer. */
  | { readonly kind: 'success' }
  /** The request's own fault: handed on at once. */
  | { readonly kind: 'refused'; readonly blame: string | undefined }
  /** May be the image's fault or the backend's: a second backend decides. */
  | { readonly kind: 'doubtful'; readonly reason: string }
  /** The backend's fault: the next candidate is tried. */
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly timedOut: boolean
      /** There was no connection, or none any more: it may be restarting. */
      readonly lost: boolean
    }
  | { readonly kind: 'aborted' }

/** Client errors that speak of the way to the backend, not of the picture: the backend gets the blame. */
const MISCONFIGURED = new Set([401, 403, 404, 405, 407])

const failed = (reason: string): Verdict => ({ kind: 'failed', reason, timedOut: false, lost: false })

/** Judges an answer of `/predict`. */
export function judgeAnswer(answer: Answer): Verdict {
  const { status } = answer
  if (status === 200) {
    // One character per byte: JSON's structure is ASCII, and decoding UTF-8 would take longer.
    if (isObjectText(answer.body.toString('latin1'))) return { kind: 'success' }
    return failed('answered 200 without a JSON object')
  }
  const reason = status === LOOP_STATUS ? LOOP_REASON : `answered ${status}`
  if (status === 500) return { kind: 'doubtful', reason }
  if (status >= 400 && status < 500 && status !== 429) {
    return { kind: 'refused', blame: MISCONFIGURED.has(status) ? reason : undefined }
  }
  if (status >= 300 && status < 400) {
    return failed(`${reason}, a redirect; give the final URL`)
  }
  return failed(reason)
}

/**
 * Judges an attempt that got no answer.
 * @throws the error itself where it does not come from a backend: a defect of this program
 */
export function judgeError(error: unknown): Verdict {
  if (!(error instanceof BackendError)) throw error
  if (error.kind === 'aborted') return { kind: 'aborted' }
  const lost = error.kind === 'reset' || !error.connected
  return { kind: 'failed', reason: error.message, timedOut: error.kind === 'timeout', lost }
}

/** Whether the answer of a failed attempt says something the client can use: an error, not a broken success. */
export function isHandedOn(answer: Answer): boolean {
  return answer.status >= 400
}
