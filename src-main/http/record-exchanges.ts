/** Records requests to `/ping` and to unknown paths, in debug mode. Predictions are recorded by their own listener. */
import type { Request, RequestHandler } from 'express'
import { RECORDED_UNKNOWN_BYTES } from './limits.ts'
import { ChunkCollector } from '../predict/chunk-collector.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { Body } from '../traffic/recording.ts'
import { flatHeaders } from '../traffic/describe.ts'
import type { AccessControl } from './guard/access-control.ts'

/** Pages, their files and the management API. Without case, as Express matches paths. */
const NOT_RECORDED = /^\/(api|overview|config|debug|metrics|assets)(\/|$)|^\/$|^\/favicon/i

/**
 * Collects a body that no handler reads. Of one larger than RECORDED_UNKNOWN_BYTES it keeps the length alone.
 * @returns a function that returns what has arrived so far
 */
function gatherBody(request: Request): () => Body {
  let collected: ChunkCollector | undefined = new ChunkCollector()
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= RECORDED_UNKNOWN_BYTES) collected?.add(chunk)
    else collected = undefined
  })
  return () => ({
    chunks: collected?.take() ?? [],
    length,
    contentType: request.headers['content-type'] ?? '',
  })
}

/** Paths that `security.allowedClients` opens to clients outside of the home network. */
const INFERENCE = /^\/(ping|predict)\/?$/i

/** Requests that access control refuses are not recorded: they would push out the records of the others. */
function isRecorded({ path, socket }: Request, accessControl: AccessControl): boolean {
  if (NOT_RECORDED.test(path)) return false
  const { infer, manage } = accessControl.verdictOf(socket)
  return INFERENCE.test(path) ? infer : manage
}

/** Records what passes, while debug mode is on; a request costs one check while it is off. */
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
      client: request.socket.remoteAddress,
    })
    const received = gatherBody(request)
    const chunks: Buffer[] = []
    const end = response.end.bind(response)
    // All answers of these paths are short and are sent with one `end`, so nothing else has to be watched.
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
    // An unknown path is answered before its body has arrived; the record waits for the body.
    response.once('close', () => {
      if (request.readableEnded || request.destroyed) finish()
      else request.once('close', finish)
    })
    next()
  }
}
