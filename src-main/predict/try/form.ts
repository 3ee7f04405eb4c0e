/** The body of a prediction, written as Immich's client writes it: `entries` first, then the picture or the text. Pure. */
import { randomBytes } from 'node:crypto'
import type { OutgoingBody } from '../../wire/body-types.ts'

const BOUNDARY_BYTES = 12

/**
 * @param entries the JSON text of `entries`
 * @param payload a picture's bytes, or a search text
 */
export function predictionForm(entries: string, payload: Buffer | string): OutgoingBody {
  const boundary = `----form-${randomBytes(BOUNDARY_BYTES).toString('hex')}`
  const field = (headers: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; ${headers}\r\n\r\n`
  const last =
    typeof payload === 'string'
      ? field('name="text"')
      : field('name="image"; filename="blob"\r\nContent-Type: application/octet-stream')
  const chunks = [
    Buffer.from(`${field('name="entries"')}${entries}\r\n${last}`),
    typeof payload === 'string' ? Buffer.from(payload) : payload,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  return { chunks, length, contentType: `multipart/form-data; boundary=${boundary}` }
}
