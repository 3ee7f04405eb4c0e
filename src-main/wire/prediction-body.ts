/** Reads the body of a prediction, in whichever layout it came. */
import { AppError } from '../platform/errors.ts'
import type { PredictionBody } from './body-types.ts'
import type { Bytes } from './bytes.ts'
import { readGeneralLayout } from './general-layout.ts'
import { readImmichLayout } from './immich-layout.ts'
import { boundaryOf, isMultipart } from './multipart.ts'

/**
 * The boundary that a request's content type names.
 * @throws {AppError} NOT_MULTIPART (415) or NO_BOUNDARY (400)
 */
export function requireBoundary(contentType: string): string {
  if (!isMultipart(contentType)) {
    throw new AppError(
      'NOT_MULTIPART',
      415,
      'The body must be multipart/form-data with a field "entries" and an image or a text',
    )
  }
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) {
    throw new AppError('NO_BOUNDARY', 400, 'The Content-Type has no boundary; let the HTTP client set it')
  }
  return boundary
}

/**
 * Reads a body.
 * @param boundary what {@link requireBoundary} says of the content type
 * @throws {AppError} a 4xx for a body that is not multipart or has no `entries`
 */
export function readPredictionBody(
  bytes: Bytes,
  contentType: string,
  boundary: string = requireBoundary(contentType),
): PredictionBody {
  return readImmichLayout(bytes, contentType, boundary) ?? readGeneralLayout(bytes, contentType, boundary)
}
