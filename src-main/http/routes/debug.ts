/** Debug mode and its records. */
import { Router } from 'express'
import * as z from 'zod'
import { MAX_RECORDS_LIMIT } from '../../../src-shared/limits.ts'
import { AppError } from '../../platform/errors.ts'
import { requiredBody } from '../required-body.ts'
import { jsonListPieces, sendChunks } from '../stream.ts'
import type { Recorder } from '../../traffic/recorder.ts'

export interface DebugDeps {
  readonly recorder: Recorder
}

const toggleSchema = z.object({ enabled: z.boolean() })
const maxRecordsSchema = z.object({ maxRecords: z.int().min(1).max(MAX_RECORDS_LIMIT) })

/**
 * Below `/api/debug`: `GET /status` and `/usage`, `POST /toggle` and `/max-records`, and the records without their
 * bodies: `GET` and `DELETE /records`, `GET /records/{id}`, 404 (NO_RECORD) where it was dropped.
 */
export function debugRoutes({ recorder }: DebugDeps): Router {
  const router = Router()
  router.get('/status', (_request, response) => {
    response.json(recorder.status())
  })
  router.get('/usage', (_request, response) => {
    response.json(recorder.usage())
  })
  router.post('/toggle', (request, response) => {
    const { enabled } = requiredBody(toggleSchema, request.body, '{"enabled": true}')
    recorder.setEnabled(enabled)
    response.json(recorder.status())
  })
  router.post('/max-records', (request, response) => {
    const example = `{"maxRecords": 100}, a whole number from 1 to ${MAX_RECORDS_LIMIT}`
    recorder.setMaxRecords(requiredBody(maxRecordsSchema, request.body, example).maxRecords)
    response.json(recorder.status())
  })
  router.get('/records', (_request, response) => {
    response.type('application/json')
    return sendChunks(response, jsonListPieces(recorder.each()))
  })
  router.delete('/records', (_request, response) => {
    recorder.clear()
    response.json({ message: 'Debug records cleared' })
  })
  router.get('/records/:id', (request, response) => {
    const record = recorder.get(request.params.id)
    if (record === undefined) {
      throw new AppError('NO_RECORD', 404, 'There is no such record (any more); the oldest ones are dropped')
    }
    response.json(record)
  })
  return router
}
