/** The JSON body of a call, judged by a schema. */
import type * as z from 'zod'
import { tellShape } from '../../src-shared/config/caps.ts'
import { Problems } from '../../src-shared/config/problems.ts'
import { judge } from '../../src-shared/config/schema.ts'
import { AppError } from '../platform/errors.ts'

/**
 * The body as the schema reads it.
 * @param example how a body may look, for the message
 * @throws {AppError} BODY_INVALID (400)
 */
export function requiredBody<T>(schema: z.ZodType<T>, body: unknown, example: string): T {
  const tooMuch = new Problems()
  tellShape(body, tooMuch)
  const judged = tooMuch.count > 0 ? undefined : judge(schema, body)
  if (judged?.ok !== true) throw new AppError('BODY_INVALID', 400, `The body must be JSON like ${example}`)
  return judged.value
}
