/** `POST /api/backends/try`: a picture or a text to one backend, saved or not; its answer judged, never as it came. */
import express, { Router, type RequestHandler } from 'express'
import * as z from 'zod'
import type { TryInfo } from '../../../src-shared/try.ts'
import { MAX_TRY_TEXT_CHARS, TRY_TASKS } from '../../../src-shared/try.ts'
import { Cancellation } from '../../platform/cancellation.ts'
import { AppError } from '../../platform/errors.ts'
import { worksOf, type Tries } from '../../predict/try/tries.ts'
import type { ConfigStore } from '../../settings/store.ts'
import { imageTypeOf } from '../../traffic/image-type.ts'
import { HUNG_UP } from '../answer.ts'
import { MAX_TRY_BODY_BYTES } from '../limits.ts'
import { requiredBody } from '../required-body.ts'
import { postedBackend } from './posted-backend.ts'

export interface TryDeps {
  readonly tries: Tries
  readonly store: Pick<ConfigStore, 'config'>
}

/** Below `/api`, as Express matches paths: without case, with or without a slash at the end. */
const TRY_PATH = /^\/backends\/try\/?$/i

const trySchema = z.object({
  backend: z.looseObject({}),
  tasks: z.array(z.enum(TRY_TASKS)).min(1).max(TRY_TASKS.length),
  image: z.string().optional(),
  text: z.string().trim().min(1).max(MAX_TRY_TEXT_CHARS).optional(),
})
const EXAMPLE =
  '{"backend": {"url": "http://192.168.1.20:3003"}, "tasks": ["clip"], "image": "base64", "text": "a dog"}'

/** @throws {AppError} (400) where it is no base64, or no picture */
function pictureOf(base64: string | undefined): Buffer | undefined {
  if (base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  if (imageTypeOf(bytes) === undefined) {
    throw new AppError('BODY_INVALID', 400, 'The image must be a JPEG, PNG or WebP picture in base64')
  }
  return bytes
}

/**
 * Reads the body of a try, which may be larger than that of any other call, while no other try is running: so at most one
 * such body is in memory. Other calls pass. To be mounted on `/api`, before the parser of all other bodies.
 */
export function tryBody({ tries }: Pick<TryDeps, 'tries'>): RequestHandler {
  const parse: RequestHandler = express.json({ limit: MAX_TRY_BODY_BYTES, strict: false })
  return (request, response, next) => {
    if (request.method !== 'POST' || !TRY_PATH.test(request.path)) {
      next()
      return
    }
    response.once('close', tries.enter())
    parse(request, response, next)
  }
}

/** Below `/api`: `GET /backends/try`, the models that a try would use, and the try itself. */
export function tryRoutes({ tries, store }: TryDeps): Router {
  const router = Router()
  router.get('/backends/try', (_request, response) => {
    const info: TryInfo = { models: tries.models() }
    response.json(info)
  })
  router.post('/backends/try', async (request, response) => {
    const { backend, tasks, image, text } = requiredBody(trySchema, request.body, EXAMPLE)
    const wanted = {
      backend: postedBackend(store.config, backend, 'Not tried'),
      tasks,
      image: pictureOf(image),
      text,
    }
    if (worksOf(wanted).length === 0) {
      throw new AppError(
        'BODY_INVALID',
        400,
        'Nothing to try: faces and texts need an image, smart search an image or a text',
      )
    }
    const cancellation = new Cancellation()
    response.once('close', () => cancellation.cancel()).once(HUNG_UP, () => cancellation.cancel())
    response.json(await tries.run(wanted, cancellation))
  })
  return router
}
