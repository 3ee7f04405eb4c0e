/** One ping of one backend. */
import type { Answer, BackendClient } from './client.ts'
import { HOPS_HEADER } from '../../src-shared/config/names.ts'
import { MAX_PING_BYTES, PROBE_TIMEOUT_MS } from './limits.ts'
import { errorText } from '../platform/errors.ts'
import { BackendError, LOOP_REASON, LOOP_STATUS, TLS_PORT_REASON } from './reasons.ts'
import { HTTP2_ONLY_REASON } from './tls-reasons.ts'

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

/** URLs of Immich's calls in place of that of the server. The proxy adds their paths itself. */
const CALL_IN_PATH = /\/(?:predict|ping)\/*$/
/** How nginx, Apache, and servers in Go (Caddy, Traefik) answer plain HTTP on a port for TLS. */
const PLAIN_ON_TLS_PORT = /\b(?:HTTPS (?:port|server)|SSL-enabled server port)\b/i

/** Why an answer is not good; empty where it is. Any 2xx is good, since Immich checks nothing else. */
function pingProblem({ status, body }: Answer, url: URL): string {
  if (status >= 200 && status < 300) return ''
  if (status === LOOP_STATUS) return LOOP_REASON
  const answered = `/ping answered ${status}`
  const call = CALL_IN_PATH.exec(url.pathname)?.[0]
  if (call !== undefined) return `${answered}; leave ${call} out of the URL, the proxy adds the paths itself`
  if (status >= 300 && status < 400) return `${answered}, a redirect; give the final URL`
  if (status === 401 || status === 403) return `${answered}; it wants credentials, add them as a header`
  if (status === 400 && PLAIN_ON_TLS_PORT.test(body.toString('latin1'))) return TLS_PORT_REASON
  if (status === 426 || status === 505) return `${answered}; ${HTTP2_ONLY_REASON}`
  return answered
}

/** The reason of a failed ping. One that was cut off may have met a port that speaks another protocol. */
async function failureReason(client: BackendClient, error: unknown, leftMs: number): Promise<string> {
  if (error instanceof BackendError && error.kind === 'reset' && !error.answered && leftMs > 0) {
    const speaks = await client.probe(Math.min(PROBE_TIMEOUT_MS, leftMs))
    if (speaks === 'tls') return TLS_PORT_REASON
    if (speaks === 'http2') return HTTP2_ONLY_REASON
  }
  return errorText(error)
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
      keepsCoding: true,
    })
    const error = pingProblem(answer, client.url)
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
    const lasted = durationMs()
    return {
      ok: false,
      timedOut: known?.kind === 'timeout',
      connected: known?.connected ?? false,
      error: await failureReason(client, error, options.timeoutMs - lasted),
      statusCode: 0,
      durationMs: lasted,
      self: false,
    }
  }
}
