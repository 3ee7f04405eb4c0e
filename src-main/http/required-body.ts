/** The JSON body of a call, judged by a schema. */
import type * as z from 'zod'
import { judge } from '../../src-shared/config/schema.ts'
import { AppError } from '../platform/errors.ts'

/**
 * The body as the schema reads it.
 * @param example how a body may look, for the message
 * @throws {AppError} BODY_INVALID (400)
 */
export function requiredBody<T>(schema: z.ZodType<T>, body: unknown, example: string): T {
  const judged = judge(schema, body)
  if (!judged.ok) throw new AppError('BODY_INVALID', 400, `The body must be JSON like ${example}`)
  return judged.value
}
