/** Bodies of `POST /predict` as Immich sends them, byte for byte, and in chunks as a socket delivers them. */
import type { Bytes } from '../../src-main/wire/bytes.ts'
import { multipartBody, type Part } from './multipart.ts'

export const ENTRIES = '{"clip":{"visual":{"modelName":"m"}}}'
export const BOUNDARY = '----formdata-undici-043847285935'
/** The content type of a body with {@link BOUNDARY}. */
export const TYPE = `multipart/form-data; boundary=${BOUNDARY}`

/** The part `image` with its content, as Immich names and types it. */
export const imagePart = (content: Buffer): Part => ({
  name: 'image',
  filename: 'blob',
  contentType: 'application/octet-stream',
  content,
})

/** A body in Immich's layout: `entries` first, then the image. */
export const immichLayout = (content: Buffer, entries = ENTRIES): Buffer =>
  multipartBody(BOUNDARY, [{ name: 'entries', content: Buffer.from(entries) }, imagePart(content)])

/** Chunks with their total length. */
export const bytesOf = (chunks: Buffer[]): Bytes => ({
  chunks,
  length: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
})

/** The chunks joined. */
export const joined = (bytes: Bytes): Buffer => Buffer.concat(bytes.chunks)

/** An image that holds what looks like the boundary, whole but not at a line's beginning, and cut short at one. */
export const TRICKY_IMAGE = Buffer.from(
  `\xff\xd8 bytes --${BOUNDARY}\r\n and \r\n--${BOUNDARY.slice(0, -1)}\r\n more`,
  'latin1',
)
