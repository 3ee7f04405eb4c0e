/** Judges the result of an attempt: the cause of a failure, and whether another backend is tried. Pure. */
import { headerOf, type Answer } from '../backends/client.ts'
import { BackendError, LOOP_REASON, LOOP_STATUS, MODEL_BROKEN_REASON } from '../backends/reasons.ts'
import { parseObject } from '../wire/json.ts'
import { formOf, missingTasks, type AnswerForm, type Asked } from './answer-content.ts'
import { MAX_DETAIL_BYTES, MAX_RETRY_AFTER_MS } from './limits.ts'

export type Verdict =
  /** A usable answer; `form` is how it writes its vectors, undefined where it holds none. */
  | { readonly kind: 'success'; readonly form: AnswerForm | undefined }
  /**
   * The cause is the request, or a limit before this backend (nginx's, for example): the answer of a second backend
   * decides. `isMisconfigured` where the status is about the backend's settings.
   */
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly reason: string
      readonly isMisconfigured: boolean
    }
  /** The cause is the image or the backend: the answer of a second backend decides. */
  | { readonly kind: 'doubtful'; readonly status: number; readonly reason: string }
  /**
   * The backend could not load the model, and cannot until it is restarted or gets no request for it for 300 s: the
   * next candidate is tried.
   */
  | { readonly kind: 'broken'; readonly reason: string }
  /** The backend failed: the next candidate is tried. */
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly timedOut: boolean
      /** There was no connection, or none any more: it may be restarting. */
      readonly lost: boolean
      /** The connection ended after the request was sent whole: it may have ended the backend's worker. */
      readonly isReset?: boolean
      /** After that its port accepted no connection: the whole server ended, and not one of its workers. */
      readonly isServerGone?: boolean
      /** The pause that the backend asked for (`Retry-After`), milliseconds; absent where it asked for none. */
      readonly pauseMs?: number
    }
  /** Cancelled: by the client, unless there is another reason. */
  | { readonly kind: 'aborted'; readonly reason?: string }

/** Client errors that are about the way to the backend and not the picture: they count against the backend. */
const MISCONFIGURED = new Set([401, 403, 404, 405, 407])

const failed = (reason: string): Extract<Verdict, { kind: 'failed' }> => ({
  kind: 'failed',
  reason,
  timedOut: false,
  lost: false,
})

/**
 * `Retry-After` (RFC 9110 10.2.3: seconds, or a date) in milliseconds, at most {@link MAX_RETRY_AFTER_MS}; 0 where there
 * is none that can be read.
 */
export function retryAfterMs(header: string | undefined, wallMs = Date.now()): number {
  if (header === undefined) return 0
  // `Date.parse` takes "-5" for a year.
  const at = /[a-z]/i.test(header) ? Date.parse(header) : NaN
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : at - wallMs
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS)
}

/** `{"detail": "Failed to load model …"}`, as Immich's server answers while it cannot load a model. */
function cannotLoadModel(body: Buffer): boolean {
  if (body.length > MAX_DETAIL_BYTES) return false
  const detail = parseObject(body.toString('utf8'))?.['detail']
  return typeof detail === 'string' && detail.startsWith('Failed to load model')
}

function judgeResult(body: Buffer, asked: Asked): Verdict {
  // One character per byte: JSON's structure is ASCII, and decoding UTF-8 would take longer.
  const result = parseObject(body.toString('latin1'))
  if (result === undefined) return failed('answered 200 without a JSON object')
  const missing = missingTasks(result, asked)
  if (missing.length > 0) return failed(`answered 200 without ${missing.join(', ')}`)
  return { kind: 'success', form: formOf(result, asked) }
}

/** Whether the backend answered that it is overloaded. */
export const isOverload = ({ status }: Pick<Answer, 'status'>): boolean => status === 429 || status === 503

/**
 * Judges an answer of `/predict`.
 * @param asked the entries of the dispatch: a result must hold each of their tasks
 */
export function judgeAnswer(answer: Answer, asked: Asked): Verdict {
  const { status } = answer
  if (status === 200) return judgeResult(answer.body, asked)
  const reason = status === LOOP_STATUS ? LOOP_REASON : `answered ${status}`
  if (status === 500 && cannotLoadModel(answer.body))
    return { kind: 'broken', reason: `${reason}: ${MODEL_BROKEN_REASON}` }
  if (status === 500) return { kind: 'doubtful', status, reason }
  if (status >= 400 && status < 500 && status !== 429) {
    return { kind: 'refused', status, reason, isMisconfigured: MISCONFIGURED.has(status) }
  }
  if (status >= 300 && status < 400) {
    return failed(`${reason}, a redirect; give the final URL`)
  }
  const pauseMs = isOverload(answer) ? retryAfterMs(headerOf(answer, 'retry-after')) : 0
  return pauseMs > 0 ? { ...failed(reason), pauseMs } : failed(reason)
}

/**
 * Judges an attempt that got no answer.
 * @throws the error itself where it does not come from a backend: a defect of this program
 */
export function judgeError(error: unknown): Verdict {
  if (!(error instanceof BackendError)) throw error
  if (error.kind === 'aborted') return { kind: 'aborted' }
  const lost = error.kind === 'reset' || !error.connected
  const isReset = error.kind === 'reset' && error.mayBeCause
  return { kind: 'failed', reason: error.message, timedOut: error.kind === 'timeout', lost, isReset }
}

/** Whether the answer of a failed attempt can be handed on to the client: an error, not a broken success. */
export function isHandedOn(answer: Answer): boolean {
  return answer.status >= 400
}
