/** Bytes as the pieces in which they were received: looked at and cut without being joined. Pure. */

/** The bytes from `start` to `end` (exclusive) as pieces of the same memory. */
export function sliceChunks(chunks: readonly Buffer[], start: number, end: number): Buffer[] {
  const slices: Buffer[] = []
  let offset = 0
  for (const chunk of chunks) {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, chunk.length)
    if (from < to) slices.push(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to))
    offset += chunk.length
    if (offset >= end) break
  }
  return slices
}

/** The bytes from `start` to `end` in one buffer; a copy only where they lie in several pieces. */
export function joinChunks(chunks: readonly Buffer[], start: number, end: number): Buffer {
  const slices = sliceChunks(chunks, start, end)
  return slices.length === 1 && slices[0] !== undefined ? slices[0] : Buffer.concat(slices)
}

/**
 * The offsets of the first places where `needle` stands, also across the seams of the pieces.
 * @param most how many places at most: a body can consist of nothing else
 */
export function findAll(chunks: readonly Buffer[], needle: Buffer, most = Infinity): number[] {
  const found: number[] = []
  let offset = 0
  /** The last bytes before this piece, too few to hold the needle. */
  let tail: Buffer = Buffer.alloc(0)
  for (const chunk of chunks) {
    if (found.length >= most) break
    const seam = Buffer.concat([tail, chunk.subarray(0, needle.length - 1)])
    for (let at = seam.indexOf(needle); at !== -1; at = seam.indexOf(needle, at + 1)) {
      found.push(offset - tail.length + at)
    }
    for (
      let at = chunk.indexOf(needle);
      at !== -1 && found.length < most;
      at = chunk.indexOf(needle, at + 1)
    ) {
      found.push(offset + at)
    }
    const known = Buffer.concat([tail, chunk.subarray(Math.max(0, chunk.length - needle.length + 1))])
    tail = known.subarray(Math.max(0, known.length - needle.length + 1))
    offset += chunk.length
  }
  return found
}
