/** The history as the bytes of its file. */
import { promisify } from 'node:util'
import { gunzipSync, gzip } from 'node:zlib'
import { writeMinutes } from './format.ts'
import type { Minutes } from './minutes.ts'

const gzipped = promisify(gzip)

/**
 * Packs the minutes into at most `maxBytes`. Where they are more, the least used series become one, until they fit.
 * @throws the error of zlib
 */
export async function pack(minutes: Minutes, maxBytes: number): Promise<Buffer> {
  for (;;) {
    const bytes = await gzipped(await writeMinutes(minutes))
    const { seriesCount } = minutes
    // With one series left nothing can be made smaller: a day of one has some 50 KB.
    if (bytes.length <= maxBytes || seriesCount <= 1) return bytes
    minutes.fold(Math.floor(seriesCount / 2) - 1)
  }
}

/**
 * The text in a file.
 * @throws the error of zlib where it is none, or has more than `maxBytes` unpacked
 */
export function unpack(bytes: Buffer, maxBytes: number): string {
  return gunzipSync(bytes, { maxOutputLength: maxBytes }).toString('utf8')
}
