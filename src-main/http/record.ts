/** Records the exchanges with the outside that are neither views nor management: `/ping` and unknown paths. */
import type { RequestHandler } from 'express'
import type { Recorder } from '../traffic/recorder.ts'
import { flatHeaders } from '../traffic/describe.ts'

/** The views, their files and the management API; Express's paths have no case either. */
const NOT_RECORDED = /^\/(api|config|debug|assets)(\/|$)|^\/$|^\/favicon/i

export function recordExchanges(recorder: Recorder): RequestHandler {
  return (request, response, next) => {
    if (!recorder.enabled || NOT_RECORDED.test(request.path)) {
      next()
      return
    }
    const recording = recorder.incoming({
      method: request.method,
      url: request.originalUrl,
      rawHeaders: request.rawHeaders,
    })
    const chunks: Buffer[] = []
    const end = response.end.bind(response)
    // The answers here are a few words, sent at once with `end`.
    response.end = ((...args: Parameters<typeof end>) => {
      const [body] = args as unknown[]
      if (typeof body === 'string' || body instanceof Uint8Array) chunks.push(Buffer.from(body))
      return end(...args)
    }) as typeof response.end
    response.once('close', () => {
      if (!response.writableFinished) return recording.fail('given up by the client')
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      const contentType = String(response.getHeader('content-type') ?? '')
      recording.finish({
        statusCode: response.statusCode,
        rawHeaders: flatHeaders(response.getHeaders()),
        body: { chunks, length, contentType },
      })
    })
    next()
  }
}
