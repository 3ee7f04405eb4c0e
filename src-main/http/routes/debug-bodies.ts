/** Recorded bodies, while they are stored. */
import { Router, type Response } from 'express'
import { AppError } from '../../platform/errors.ts'
import { toHar } from '../../traffic/har.ts'
import { imageTypeOf } from '../../traffic/image-type.ts'
import { PASSIVE } from '../answer.ts'
import type { DebugDeps } from './debug.ts'

function notKept(what: string): AppError {
  return new AppError(
    'NOT_KEPT',
    404,
    `The ${what} is not kept (any more); only the newest are, within a budget`,
  )
}

/** Sends bytes of a client or a backend. The headers keep a browser from taking them for a page or a script. */
function sendBytes(
  response: Response,
  chunks: readonly Buffer[],
  contentType: string,
  filename: string,
): void {
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    'content-disposition': `inline; filename="${filename}"`,
    ...PASSIVE,
    'cache-control': 'no-store',
  })
  for (const chunk of chunks) response.write(chunk)
  response.end()
}

/**
 * Below `/api/debug`: parts and bodies of a record, 404 (NOT_KEPT) where they were dropped, and all records as HAR
 * (HTTP Archive 1.2).
 */
export function debugBodyRoutes({ recorder }: DebugDeps): Router {
  const router = Router()
  router.get('/records/:id/parts/:index', (request, response) => {
    const { id, index } = request.params
    const part = /^\d{1,4}$/.test(index) ? recorder.part(id, Number(index)) : undefined
    if (part === undefined) throw notKept('part')
    const image = imageTypeOf(part.bytes)
    const isField = part.range.filename === undefined
    const contentType =
      image?.contentType ?? (isField ? 'text/plain; charset=utf-8' : 'application/octet-stream')
    sendBytes(
      response,
      [part.bytes],
      contentType,
      `part-${index}.${image?.extension ?? (isField ? 'txt' : 'bin')}`,
    )
  })
  router.get('/records/:id/request', (request, response) => {
    const body = recorder.requestBody(request.params.id)
    if (body === undefined) throw notKept('request')
    sendBytes(response, body.chunks, 'application/octet-stream', 'request.bin')
  })
  router.get('/records/:id/response', (request, response) => {
    const body = recorder.responseBody(request.params.id)
    if (body === undefined) throw notKept('answer')
    const json = /json/i.test(body.contentType)
    const contentType = json ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8'
    sendBytes(response, body.chunks, contentType, json ? 'answer.json' : 'answer.txt')
  })
  router.get('/har', (_request, response) => {
    response.setHeader('content-disposition', 'attachment; filename="immich-ml-proxy.har"')
    response.json(toHar(recorder))
  })
  return router
}
