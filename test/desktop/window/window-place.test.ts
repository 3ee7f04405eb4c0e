import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { openingOf, readPlace, writePlace } from '../../../src-main/desktop/window/window-place.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

describe('the place of the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1040 }
  const second = { x: 1920, y: 0, width: 1280, height: 1000 }
  const place = { x: 2000, y: 100, width: 900, height: 700, maximized: false }

  test('is kept on the display where it was', () => {
    expect(openingOf(place, [screen, second])).toEqual({
      bounds: { x: 2000, y: 100, width: 900, height: 700 },
      maximized: false,
    })
  })

  test('is the middle where that display is gone', () => {
    expect(openingOf(place, [screen]).bounds).toEqual({ width: 900, height: 700 })
  })

  test('is the middle where the title bar cannot be reached', () => {
    expect(openingOf({ ...place, x: 100, y: -200 }, [screen]).bounds).not.toHaveProperty('x')
    expect(openingOf({ ...place, x: 1910, y: 10 }, [screen]).bounds).not.toHaveProperty('x')
  })

  test('fits the display, and is never too small to use', () => {
    expect(openingOf({ ...place, x: 0, width: 9000, height: 9000 }, [screen]).bounds).toMatchObject({
      width: 1920,
      height: 1040,
    })
    expect(openingOf({ ...place, width: 1, height: 1 }, [second]).bounds).toMatchObject({
      width: 480,
      height: 360,
    })
  })

  test('has a default', () => {
    expect(openingOf(undefined, [screen])).toEqual({ bounds: { width: 1100, height: 800 }, maximized: false })
  })

  test('is written whole, and read with suspicion', () => {
    const file = path.join(folder, 'window.json')
    expect(readPlace(file)).toBeUndefined()
    writePlace(file, place)
    expect(readPlace(file)).toEqual(place)
    expect(existsSync(`${file}.new`)).toBe(false)
    for (const broken of ['', '{"x":1', '{"x":"1"}', 'null', '[]']) {
      writeFileSync(file, broken)
      expect(readPlace(file)).toBeUndefined()
    }
  })
})
