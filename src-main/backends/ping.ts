/** One ping of one backend. */
import type { BackendClient } from './client.ts'
import { HOPS_HEADER } from '../../src-shared/config/names.ts'
import { MAX_PING_BYTES } from './limits.ts'
import { errorText } from '../platform/errors.ts'
import { BackendError, LOOP_REASON, LOOP_STATUS } from './reasons.ts'

export interface PingResult {
  ok: boolean
  timedOut: boolean
  /** There was a connection. */
  connected: boolean
  /** Why it is not ok, as a sentence; else empty. */
  error: string
  /** 0 where there was no answer. */
  statusCode: number
  durationMs: number
  /** The URL leads back to this proxy, which answered itself. */
  self: boolean
}

/** Immich's server answers the plain text `pong`; others may answer it as JSON. */
const PONG = /^\s*"?pong"?\s*$/

function pingProblem(status: number, body: string): string {
  if (status === LOOP_STATUS) return LOOP_REASON
  if (status >= 300 && status < 400) return `/ping answered ${status}, a redirect; give the final URL`
  if (status === 401 || status === 403)
    return `/ping answered ${status}; it wants credentials, add them as a header`
  if (status !== 200) return `/ping answered ${status}`
  return PONG.test(body) ? '' : '/ping did not answer "pong"; this is not a machine-learning server'
}

/**
 * Asks a backend's `/ping`. Never rejects.
 * @param options.timeoutMs how long the answer may take
 * @param options.hops the value of the hops header
 */
export async function pingBackend(
  client: BackendClient,
  options: { timeoutMs: number; hops: string },
): Promise<PingResult> {
  const started = performance.now()
  const durationMs = (): number => performance.now() - started
  try {
    const answer = await client.send({
      method: 'GET',
      path: '/ping',
      headers: [HOPS_HEADER, options.hops],
      timeoutMs: options.timeoutMs,
      maxAnswerBytes: MAX_PING_BYTES,
    })
    const error = pingProblem(answer.status, answer.body.toString('latin1'))
    const self = answer.status === LOOP_STATUS
    return {
      ok: error === '',
      timedOut: false,
      connected: true,
      error,
      statusCode: answer.status,
      durationMs: durationMs(),
      self,
    }
  } catch (error) {
    const known = error instanceof BackendError ? error : undefined
    return {
      ok: false,
      timedOut: known?.kind === 'timeout',
      connected: known?.connected ?? false,
      error: errorText(error),
      statusCode: 0,
      durationMs: durationMs(),
      self: false,
    }
  }
}
