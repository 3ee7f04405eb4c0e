/** Long answers, sent piece by piece as the client takes them: of one that nobody reads a piece is held, not the whole. */
import type { ServerResponse } from 'node:http'
import { LIST_PIECE_CHARS } from './limits.ts'

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
 * Sends pieces and ends the answer, whose head is set already. An undefined piece is one that is not there any more: the
 * answer is cut off, so that nobody takes it for whole. Each piece is made when it is needed; one should not be much larger
 * than 256 KB. Never rejects for a client that has gone. Listeners end the connection of one that takes nothing for long
 * (`listener/untaken-answers.ts`).
 */
export async function sendPieces(
  response: ServerResponse,
  pieces: Iterable<string | Buffer | undefined>,
): Promise<void> {
  try {
    for (const piece of pieces) {
      // A write to it would be an error event.
      if (response.destroyed) return
      if (piece === undefined) {
        response.destroy()
        return
      }
      if (!response.write(piece)) await taken(response)
    }
  } catch (error) {
    // A defect of this program: the rest cannot be sent any more, nor an error in its place.
    if (response.headersSent) response.destroy()
    throw error
  }
  if (!response.destroyed) response.end()
}

/** The JSON text of a list, in pieces of some 64 KB. */
export function* jsonListPieces(items: Iterable<unknown>): Generator<string> {
  let piece = '['
  let isFirst = true
  for (const item of items) {
    piece += `${isFirst ? '' : ','}${JSON.stringify(item)}`
    isFirst = false
    if (piece.length < LIST_PIECE_CHARS) continue
    yield piece
    piece = ''
  }
  yield `${piece}]`
}
