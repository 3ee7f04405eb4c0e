/** Recorded bodies, while they are stored. */
import { Router, type Response } from 'express'
import { AppError } from '../../platform/errors.ts'
import { harPieces } from '../../traffic/har.ts'
import { IMAGE_TYPE_BYTES, imageTypeOf } from '../../traffic/image-type.ts'
import type { Recorder } from '../../traffic/recorder.ts'
import type { BodyReader } from '../../traffic/recording.ts'
import { PASSIVE } from '../answer.ts'
import { BODY_PIECE_BYTES } from '../limits.ts'
import { sendChunks } from '../stream.ts'
import type { DebugDeps } from './debug.ts'

const EXPORT_RUNNING = new AppError(
  'EXPORT_RUNNING',
  503,
  'Another export is being sent; try again when it is done',
)

function notKept(what: string): AppError {
  return new AppError(
    'NOT_KEPT',
    404,
    `The ${what} is not kept (any more); only the newest are, within a budget`,
  )
}

/** A range of a stored body in chunks, and undefined where it was dropped meanwhile. */
function* chunks(body: BodyReader, start: number, end: number): Generator<Buffer | undefined> {
  for (let at = start; at < end; at += BODY_PIECE_BYTES)
    yield body.read(at, Math.min(end, at + BODY_PIECE_BYTES))
}

interface Shown {
  readonly body: BodyReader
  readonly start: number
  readonly end: number
  readonly contentType: string
  readonly filename: string
}

/** Sends bytes of a client or a backend. The headers keep a browser from taking them for a page or a script. */
function sendBytes(response: Response, { body, start, end, contentType, filename }: Shown): Promise<void> {
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': end - start,
    'content-disposition': `inline; filename="${filename}"`,
    ...PASSIVE,
    'cache-control': 'no-store',
  })
  return sendChunks(response, chunks(body, start, end))
}

/** @throws {AppError} NOT_KEPT (404) */
function requirePart(recorder: Recorder, id: string, index: string): Shown {
  const part = /^\d{1,4}$/.test(index) ? recorder.part(id, Number(index)) : undefined
  const body = recorder.reader(id, 'request')
  if (part === undefined || body === undefined) throw notKept('part')
  const { start, end, filename } = part
  const image = imageTypeOf(body.read(start, Math.min(end, start + IMAGE_TYPE_BYTES)))
  const isField = filename === undefined
  const contentType =
    image?.contentType ?? (isField ? 'text/plain; charset=utf-8' : 'application/octet-stream')
  const extension = image?.extension ?? (isField ? 'txt' : 'bin')
  return { body, start, end, contentType, filename: `part-${index}.${extension}` }
}

/**
 * Below `/api/debug`: parts and bodies of a record, 404 (NOT_KEPT) where they were dropped, and all records as HAR
 * (HTTP Archive 1.2), one archive at a time: 503 (EXPORT_RUNNING) while another is sent.
 */
export function debugBodyRoutes({ recorder }: DebugDeps): Router {
  const router = Router()
  let isExporting = false
  router.get('/records/:id/parts/:index', (request, response) => {
    const { id, index } = request.params
    return sendBytes(response, requirePart(recorder, id, index))
  })
  router.get('/records/:id/request', (request, response) => {
    const body = recorder.reader(request.params.id, 'request')
    if (body === undefined) throw notKept('request')
    const shown = { contentType: 'application/octet-stream', filename: 'request.bin' }
    return sendBytes(response, { body, start: 0, end: body.length, ...shown })
  })
  router.get('/records/:id/response', (request, response) => {
    const body = recorder.reader(request.params.id, 'response')
    if (body === undefined) throw notKept('answer')
    const json = /json/i.test(body.contentType)
    const contentType = json ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8'
    const filename = json ? 'answer.json' : 'answer.txt'
    return sendBytes(response, { body, start: 0, end: body.length, contentType, filename })
  })
  router.get('/har', async (_request, response) => {
    if (isExporting) throw EXPORT_RUNNING
    isExporting = true
    try {
      response.type('application/json')
      response.setHeader('content-disposition', 'attachment; filename="immich-ml-proxy.har"')
      await sendChunks(response, harPieces(recorder))
    } finally {
      isExporting = false
    }
  })
  return router
}
