/** The icons of the tray: all there, of the sizes that the systems want, and the one that a display gets. */
import { describe, expect, test } from 'vitest'
import { ICON_STATES, LINUX_SIZES, trayIconPath } from '../../../src-main/desktop/tray/tray-icons.ts'
import { icoSizes, pngSize, readResource } from '../../support/icons.ts'

const names = ICON_STATES.flatMap((state) => [state, `${state}-debug`])

describe.each(names)('the tray icon %s', (name) => {
  test('for Windows has every size of the panel', () => {
    expect(icoSizes(readResource(`tray/win32/${name}.ico`))).toEqual([16, 20, 24, 32])
  })

  test('for macOS is a template with its double', () => {
    expect(pngSize(readResource(`tray/darwin/${name}Template.png`))).toEqual([16, 16])
    expect(pngSize(readResource(`tray/darwin/${name}Template@2x.png`))).toEqual([32, 32])
  })

  test('for Linux has every size', () => {
    for (const size of LINUX_SIZES)
      expect(pngSize(readResource(`tray/linux/${name}-${size}.png`))).toEqual([size, size])
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
  const ico = readResource(`tray/win32/${name}.ico`)
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
  const pictures = names.map((name) => readResource(`tray/darwin/${name}Template@2x.png`).toString('base64'))
  expect(new Set(pictures).size).toBe(names.length)
})

test.each([
  [1, 22],
  [1.09, 24],
  [1.25, 32],
  [2, 48],
  [3, 48],
])('on Linux a display of scale %s gets the icon of %s px', (scale, size) => {
  expect(trayIconPath('idle', false, 'linux', scale)).toBe(`linux/idle-${size}.png`)
})
