/**
 * Sends long answers chunk by chunk as the client reads them, so that an answer that is not read costs the memory of
 * one chunk.
 */
import type { ServerResponse } from 'node:http'
import { LIST_CHUNK_CHARS } from './limits.ts'

/** Resolves when the client has taken what was written, or has gone. */
function taken(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      response.off('drain', end).off('close', end)
      resolve()
    }
    response.once('drain', end).once('close', end)
  })
}

/**
 * Sends chunks and ends the answer, whose headers are set already. An undefined chunk means that its content was
 * dropped: the answer is cut off, so that the client sees that it is not whole. Each chunk is made when it is needed;
 * one should not be much larger than 256 KB. Never rejects for a client that has gone. Listeners end the connection of
 * one that takes nothing for long (`listener/untaken-answers.ts`).
 */
export async function sendChunks(
  response: ServerResponse,
  chunks: Iterable<string | Buffer | undefined>,
): Promise<void> {
  try {
    for (const chunk of chunks) {
      // A write to it would be an error event.
      if (response.destroyed) return
      if (chunk === undefined) {
        response.destroy()
        return
      }
      if (!response.write(chunk)) await taken(response)
    }
  } catch (error) {
    // A defect of this program: the rest cannot be sent any more, nor an error in its place.
    if (response.headersSent) response.destroy()
    throw error
  }
  if (!response.destroyed) response.end()
}

/** The JSON text of a list, in chunks of some 64 KB. */
export function* jsonListPieces(items: Iterable<unknown>): Generator<string> {
  let chunk = '['
  let isFirst = true
  for (const item of items) {
    chunk += `${isFirst ? '' : ','}${JSON.stringify(item)}`
    isFirst = false
    if (chunk.length < LIST_CHUNK_CHARS) continue
    yield chunk
    chunk = ''
  }
  yield `${chunk}]`
}
