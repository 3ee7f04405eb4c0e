// Makes the pictures small: a PNG of a browser rewritten with a palette of at most 256 colours.
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const MAX_COLOURS = 256
const RGB = 2
const RGBA = 6
const INDEXED = 3

interface Pixels {
  readonly width: number
  readonly height: number
  /** One number per pixel: 0xRRGGBB. */
  readonly colours: Uint32Array
}

function* chunksOf(png: Buffer): Generator<{ type: string; data: Buffer }> {
  for (let at = SIGNATURE.length; at + 8 <= png.length;) {
    const length = png.readUInt32BE(at)
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) }
    at += length + 12
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

/** Undoes the filters of the lines, in place. */
function unfilter(raw: Buffer, height: number, stride: number, step: number): void {
  const at = (line: number, column: number): number =>
    line < 0 || column < 0 ? 0 : (raw[line * (stride + 1) + 1 + column] ?? 0)
  for (let line = 0; line < height; line++) {
    const filter = raw[line * (stride + 1)] ?? 0
    for (let column = 0; column < stride; column++) {
      const left = at(line, column - step)
      const up = at(line - 1, column)
      const corner = column < step ? 0 : at(line - 1, column - step)
      const add = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0
      const index = line * (stride + 1) + 1 + column
      raw[index] = ((raw[index] ?? 0) + add) & 0xff
    }
  }
}

function decode(png: Buffer): Pixels {
  const chunks = [...chunksOf(png)]
  const head = chunks[0]?.data ?? Buffer.alloc(13)
  const [width, height, kind] = [head.readUInt32BE(0), head.readUInt32BE(4), head[9]]
  if (head[8] !== 8 || (kind !== RGB && kind !== RGBA)) throw new Error('not a picture of a browser')
  const step = kind === RGB ? 3 : 4
  const raw = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)))
  unfilter(raw, height, width * step, step)
  const colours = new Uint32Array(width * height)
  for (let pixel = 0; pixel < colours.length; pixel++) {
    const line = Math.floor(pixel / width)
    colours[pixel] = raw.readUIntBE(line * (width * step + 1) + 1 + (pixel % width) * step, 3)
  }
  return { width, height, colours }
}

interface Counted {
  readonly colour: number
  readonly count: number
}

const SHIFTS = [16, 8, 0] as const
const part = (colour: number, shift: number): number => (colour >> shift) & 0xff

/** The channel in which the colours of a box lie farthest apart, and how far. */
function widest(box: readonly Counted[]): { shift: number; range: number } {
  return SHIFTS.map((shift) => {
    const values = box.map(({ colour }) => part(colour, shift))
    return {
      shift,
      range: values.reduce((a, b) => Math.max(a, b), 0) - values.reduce((a, b) => Math.min(a, b), 255),
    }
  }).reduce((best, one) => (one.range > best.range ? one : best))
}

function average(box: readonly Counted[]): number {
  const total = box.reduce((sum, { count }) => sum + count, 0)
  const mean = (shift: number): number =>
    Math.round(box.reduce((sum, { colour, count }) => sum + part(colour, shift) * count, 0) / total)
  return (mean(16) << 16) | (mean(8) << 8) | mean(0)
}

/** Median cut: each colour's place in a palette. */
function paletteOf(colours: Uint32Array): { palette: number[]; placeOf: Map<number, number> } {
  const counts = new Map<number, number>()
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1)
  const boxes: Counted[][] = [[...counts].map(([colour, count]) => ({ colour, count }))]
  while (boxes.length < MAX_COLOURS) {
    const spans = boxes.map((box) => (box.length < 2 ? { shift: 0, range: -1 } : widest(box)))
    const at = spans.reduce(
      (best, { range }, index) => (range > (spans[best]?.range ?? -1) ? index : best),
      0,
    )
    const [box, span] = [boxes[at], spans[at]]
    if (box === undefined || span === undefined || span.range < 1) break
    box.sort((a, b) => part(a.colour, span.shift) - part(b.colour, span.shift))
    boxes.push(box.splice(Math.ceil(box.length / 2)))
  }
  const placeOf = new Map<number, number>()
  boxes.forEach((box, place) => box.forEach(({ colour }) => placeOf.set(colour, place)))
  return { palette: boxes.map(average), placeOf }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** The same picture in fewer bytes. */
export function shrink(png: Buffer): Buffer {
  const { width, height, colours } = decode(png)
  const { palette, placeOf } = paletteOf(colours)
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, INDEXED, 0, 0, 0], 8)
  const lines = Buffer.alloc((width + 1) * height)
  for (let pixel = 0; pixel < colours.length; pixel++) {
    const line = Math.floor(pixel / width)
    lines[line * (width + 1) + 1 + (pixel % width)] = placeOf.get(colours[pixel] ?? 0) ?? 0
  }
  const table = Buffer.from(palette.flatMap((colour) => SHIFTS.map((shift) => part(colour, shift))))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', table),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
