/** The icons of the app: all there, of the sizes that the systems want. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ICNS_TYPES } from '../../../scripts/icon-files.mjs'
import { root } from '../../support/packing.ts'
import { icoSizes, pngSize, readResource } from '../../support/icons.ts'

test('the app icons', () => {
  expect(icoSizes(readResource('icon.ico'))).toEqual([16, 24, 32, 48, 64, 128, 256])
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) {
    expect(pngSize(readResource(`icons/${size}x${size}.png`))).toEqual([size, size])
  }
  const icns = readResource('icon.icns')
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
