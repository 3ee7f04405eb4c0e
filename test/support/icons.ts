/** Reads icon files: their formats tell the sizes they hold. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { root } from './packing.ts'

/** A file below `resources/`. */
export const readResource = (name: string): Buffer => readFileSync(path.join(root, 'resources', name))

/** Width and height in the header of a PNG. */
export function pngSize(png: Buffer): [number, number] {
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

/** The sizes in an .ico, read from the pictures themselves and not only from the list at its beginning. */
export function icoSizes(ico: Buffer): number[] {
  expect(ico.readUInt16LE(2)).toBe(1)
  return Array.from({ length: ico.readUInt16LE(4) }, (_, index) => {
    const entry = 6 + index * 16
    const offset = ico.readUInt32LE(entry + 12)
    const image = ico.subarray(offset, offset + ico.readUInt32LE(entry + 8))
    const isPng = image.readUInt8(0) === 0x89
    const [width, height] = isPng
      ? pngSize(image)
      : ([image.readInt32LE(4), image.readInt32LE(8) / 2] as const)
    expect(width).toBe(height)
    expect(ico.readUInt8(entry)).toBe(width % 256)
    return width
  })
}
