/**
 * Bytes in the chunks in which they were received: searched and cut without being joined, as joining would copy a whole
 * photo. Pure.
 */

/** Bytes in chunks, in their order. */
export interface Bytes {
  readonly chunks: readonly Buffer[]
  /** The sum of the chunks' lengths. */
  readonly length: number
}

/** The bytes from `start` to `end` (exclusive) as views of the same memory; a whole chunk is the same object. */
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

/** The bytes from `start` to `end` (exclusive) in one buffer: a view where they lie in one chunk, else a copy. */
export function joinChunks(chunks: readonly Buffer[], start: number, end: number): Buffer {
  const slices = sliceChunks(chunks, start, end)
  return slices.length === 1 && slices[0] !== undefined ? slices[0] : Buffer.concat(slices)
}

/**
 * The offsets at which `needle` begins, also where it spans several chunks.
 * @param most how many offsets at most: a body may consist of nothing but needles
 */
export function findAll(chunks: readonly Buffer[], needle: Buffer, most = Infinity): number[] {
  const found: number[] = []
  let offset = 0
  /** The last bytes before this chunk, one fewer than the needle has. */
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
