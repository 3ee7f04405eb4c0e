// Writes icon files from pictures: .ico for Windows and .icns for macOS.

/**
 * A square picture, as PNG and as rows of RGBA from top to bottom.
 * @typedef {{ size: number, png: Buffer, rgba: Uint8Array }} Picture
 */

const ICO_HEADER = 6
const ICO_ENTRY = 16
const DIB_HEADER = 40
/** From this size on all parts of Windows read PNG inside .ico; smaller sizes must be bitmaps for some of them. */
const PNG_FROM = 128

/**
 * A picture as a bitmap for .ico: rows of colours from bottom to top, followed by a mask of one bit per pixel.
 * @param {Picture} picture
 */
function toBitmap({ size, rgba }) {
  const maskRow = Math.ceil(size / 32) * 4
  const out = Buffer.alloc(DIB_HEADER + size * size * 4 + size * maskRow)
  out.writeUInt32LE(DIB_HEADER, 0)
  out.writeInt32LE(size, 4)
  // The height in the header counts colours and mask.
  out.writeInt32LE(size * 2, 8)
  out.writeUInt16LE(1, 12)
  out.writeUInt16LE(32, 14)
  out.writeUInt32LE(size * size * 4, 20)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = ((size - 1 - y) * size + x) * 4
      const to = DIB_HEADER + (y * size + x) * 4
      const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(from, from + 4)
      out.set([blue, green, red, alpha], to)
      if (alpha === 0) {
        const byte = DIB_HEADER + size * size * 4 + y * maskRow + (x >> 3)
        out[byte] = (out[byte] ?? 0) | (0x80 >> (x & 7))
      }
    }
  }
  return out
}

/**
 * An .ico that contains all pictures.
 * @param {readonly Picture[]} pictures
 */
export function toIco(pictures) {
  const header = Buffer.alloc(ICO_HEADER + ICO_ENTRY * pictures.length)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(pictures.length, 4)
  const images = pictures.map((picture) => (picture.size >= PNG_FROM ? picture.png : toBitmap(picture)))
  let offset = header.length
  images.forEach((image, index) => {
    const at = ICO_HEADER + ICO_ENTRY * index
    // The format writes 256 as 0.
    const side = (pictures[index]?.size ?? 0) & 0xff
    header.writeUInt8(side, at)
    header.writeUInt8(side, at + 1)
    header.writeUInt16LE(1, at + 4)
    header.writeUInt16LE(32, at + 6)
    header.writeUInt32LE(image.length, at + 8)
    header.writeUInt32LE(offset, at + 12)
    offset += image.length
  })
  return Buffer.concat([header, ...images])
}

/** The types of .icns entries that contain PNG, with their size in pixels. */
export const ICNS_TYPES = /** @type {const} */ ([
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
])

/**
 * An .icns with an entry for every type.
 * @param {readonly Picture[]} pictures
 */
export function toIcns(pictures) {
  const blocks = ICNS_TYPES.map(([type, size]) => {
    const picture = pictures.find((one) => one.size === size)
    if (picture === undefined) throw new Error(`No picture of ${size} px for ${type}`)
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(8 + picture.png.length, 4)
    return Buffer.concat([head, picture.png])
  })
  const head = Buffer.alloc(8)
  head.write('icns', 'latin1')
  head.writeUInt32BE(8 + blocks.reduce((sum, block) => sum + block.length, 0), 4)
  return Buffer.concat([head, ...blocks])
}
