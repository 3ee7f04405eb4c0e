/** The icon files: all there, of the sizes that the systems want. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ICNS_TYPES } from '../../scripts/icon-files.mjs'
import { ICON_STATES, LINUX_SIZES } from '../../src-main/desktop/tray/tray-icons.ts'
import { root } from '../support/packing.ts'

const read = (name: string): Buffer => readFileSync(path.join(root, 'resources', name))

/** Width and height in the header of a PNG. */
function pngSize(png: Buffer): [number, number] {
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

/** The sizes in an .ico, read from the pictures themselves and not only from the list at its beginning. */
function icoSizes(ico: Buffer): number[] {
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

const names = ICON_STATES.flatMap((state) => [state, `${state}-debug`])

describe.each(names)('the tray icon %s', (name) => {
  test('for Windows has every size of the panel', () => {
    expect(icoSizes(read(`tray/win32/${name}.ico`))).toEqual([16, 20, 24, 32])
  })

  test('for macOS is a template with its double', () => {
    expect(pngSize(read(`tray/darwin/${name}Template.png`))).toEqual([16, 16])
    expect(pngSize(read(`tray/darwin/${name}Template@2x.png`))).toEqual([32, 32])
  })

  test('for Linux has every size', () => {
    for (const size of LINUX_SIZES)
      expect(pngSize(read(`tray/linux/${name}-${size}.png`))).toEqual([size, size])
  })
})

/** Relative luminance of a colour, as WCAG defines it. */
function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The share of an icon's own pixels at 16 px that have three to one against a panel. */
function standsOut(name: string, panel: readonly number[]): number {
  const ico = read(`tray/win32/${name}.ico`)
  const bitmap = ico.readUInt32LE(6 + 12) + ico.readUInt32LE(ico.readUInt32LE(6 + 12))
  const ground = luminance(panel)
  let own = 0
  let clear = 0
  for (let at = bitmap; at < bitmap + 16 * 16 * 4; at += 4) {
    const [blue = 0, green = 0, red = 0, alpha = 0] = ico.subarray(at, at + 4)
    if (alpha < 128) continue
    own++
    const seen = [red, green, blue].map(
      (value, index) => (value * alpha + (panel[index] ?? 0) * (255 - alpha)) / 255,
    )
    const [dark = 0, light = 0] = [luminance(seen), ground].sort((one, other) => one - other)
    if ((light + 0.05) / (dark + 0.05) >= 3) clear++
  }
  return clear / own
}

test.each([
  ['light', [0xec, 0xec, 0xec]],
  ['dark', [0x20, 0x21, 0x24]],
] as const)('the idle icon stands out from a %s panel', (_panel, colour) => {
  expect(standsOut('idle', colour)).toBeGreaterThan(0.6)
})

test('no two tray icons are the same picture', () => {
  const pictures = names.map((name) => read(`tray/darwin/${name}Template@2x.png`).toString('base64'))
  expect(new Set(pictures).size).toBe(names.length)
})

test('the app icons', () => {
  expect(icoSizes(read('icon.ico'))).toEqual([16, 24, 32, 48, 64, 128, 256])
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) {
    expect(pngSize(read(`icons/${size}x${size}.png`))).toEqual([size, size])
  }
  const icns = read('icon.icns')
  expect(icns.subarray(0, 4).toString('latin1')).toBe('icns')
  expect(icns.readUInt32BE(4)).toBe(icns.length)
  const found: [string, number][] = []
  for (let offset = 8; offset < icns.length; offset += icns.readUInt32BE(offset + 4)) {
    const png = icns.subarray(offset + 8, offset + icns.readUInt32BE(offset + 4))
    found.push([icns.subarray(offset, offset + 4).toString('latin1'), pngSize(png)[0]])
  }
  expect(found).toEqual(ICNS_TYPES)
})

test('the picture for the docs is there', () => {
  expect(existsSync(path.join(root, 'docs/tray-icons.png'))).toBe(true)
})
