/** Decodes as much of an image as tells whether it is whole, and its size. */

export interface Size {
  readonly width: number
  readonly height: number
}

/** Frame headers of a JPEG (baseline, progressive), which hold the size. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2])

function jpegSize(image: Buffer): Size | undefined {
  // A file that was cut off lacks the end marker.
  if (image.lastIndexOf(Buffer.from([0xff, 0xd9])) < image.length - 2) return undefined
  for (let at = 2; at + 9 < image.length && image[at] === 0xff;) {
    const marker = image[at + 1] ?? 0
    if (FRAMES.has(marker)) return { height: image.readUInt16BE(at + 5), width: image.readUInt16BE(at + 7) }
    at += 2 + image.readUInt16BE(at + 2)
  }
  return undefined
}

function webpSize(image: Buffer): Size | undefined {
  if (image.readUInt32LE(4) + 8 > image.length) return undefined
  const kind = image.toString('latin1', 12, 16)
  if (kind === 'VP8X') return { width: image.readUIntLE(24, 3) + 1, height: image.readUIntLE(27, 3) + 1 }
  if (kind === 'VP8 ')
    return { width: image.readUInt16LE(26) & 0x3fff, height: image.readUInt16LE(28) & 0x3fff }
  return undefined
}

/** The size of a whole JPEG, PNG or WebP; undefined where the real backend could not decode it. */
export function imageSize(image: Buffer): Size | undefined {
  if (image.length < 32) return undefined
  if (image[0] === 0xff && image[1] === 0xd8) return jpegSize(image)
  if (image.toString('latin1', 1, 4) === 'PNG') {
    return { width: image.readUInt32BE(16), height: image.readUInt32BE(20) }
  }
  if (image.toString('latin1', 8, 12) === 'WEBP') return webpSize(image)
  return undefined
}
