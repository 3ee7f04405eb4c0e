/** Records the exchanges with the outside that are neither views nor management: `/ping` and unknown paths. */
import type { Request, RequestHandler } from 'express'
import { RECORDED_UNKNOWN_BYTES } from './limits.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { Body } from '../traffic/recording.ts'
import { flatHeaders } from '../traffic/describe.ts'
import type { AccessControl } from './guard/access-control.ts'

/** The views, their files and the management API; Express's paths have no case either. */
const NOT_RECORDED = /^\/(api|config|debug|assets)(\/|$)|^\/$|^\/favicon/i

/** Gathers a body that nobody else reads; of a large one the length alone. Returns what has come so far. */
function gatherBody(request: Request): () => Body {
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= RECORDED_UNKNOWN_BYTES) chunks.push(chunk)
    else chunks.length = 0
  })
  return () => ({ chunks, length, contentType: request.headers['content-type'] ?? '' })
}

/** What a client may use by another rule than the home network's. */
const INFERENCE = /^\/(ping|predict)\/?$/i

/** Whether an exchange is recorded: who may not come in must not push out what is. */
function isRecorded({ path, socket }: Request, accessControl: AccessControl): boolean {
  if (NOT_RECORDED.test(path)) return false
  const { infer, manage } = accessControl.verdictOf(socket)
  return INFERENCE.test(path) ? infer : manage
}

export function recordExchanges(recorder: Recorder, accessControl: AccessControl): RequestHandler {
  return (request, response, next) => {
    if (!recorder.enabled || !isRecorded(request, accessControl)) {
      next()
      return
    }
    const recording = recorder.incoming({
      method: request.method,
      url: request.originalUrl,
      rawHeaders: request.rawHeaders,
    })
    const received = gatherBody(request)
    const chunks: Buffer[] = []
    const end = response.end.bind(response)
    // The answers here are a few words, sent at once with `end`.
    response.end = ((...args: Parameters<typeof end>) => {
      const [body] = args as unknown[]
      if (typeof body === 'string' || body instanceof Uint8Array) chunks.push(Buffer.from(body))
      return end(...args)
    }) as typeof response.end
    const finish = (): void => {
      recording.requestBody(received())
      if (!response.writableFinished) return recording.fail('given up by the client')
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      const contentType = String(response.getHeader('content-type') ?? '')
      recording.finish({
        statusCode: response.statusCode,
        rawHeaders: flatHeaders(response.getHeaders()),
        body: { chunks, length, contentType },
      })
    }
    // An unknown path is answered before its body has come.
    response.once('close', () => {
      if (request.readableEnded || request.destroyed) finish()
      else request.once('close', finish)
    })
    next()
  }
}
