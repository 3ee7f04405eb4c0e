import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { initialBounds, readBounds, writeBounds } from '../../../src-main/desktop/window/window-bounds.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

describe('the bounds of the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1040 }
  const second = { x: 1920, y: 0, width: 1280, height: 1000 }
  const saved = { x: 2000, y: 100, width: 900, height: 700, maximized: false }

  test('are kept on the display where they were', () => {
    expect(initialBounds(saved, [screen, second])).toEqual({
      bounds: { x: 2000, y: 100, width: 900, height: 700 },
      maximized: false,
    })
  })

  test('are centred if that display is gone', () => {
    expect(initialBounds(saved, [screen]).bounds).toEqual({ width: 900, height: 700 })
  })

  test('are centred if the title bar could not be reached', () => {
    expect(initialBounds({ ...saved, x: 100, y: -200 }, [screen]).bounds).not.toHaveProperty('x')
    expect(initialBounds({ ...saved, x: 1910, y: 10 }, [screen]).bounds).not.toHaveProperty('x')
  })

  test('fit the display, and are never too small to use', () => {
    expect(initialBounds({ ...saved, x: 0, width: 9000, height: 9000 }, [screen]).bounds).toMatchObject({
      width: 1920,
      height: 1040,
    })
    expect(initialBounds({ ...saved, width: 1, height: 1 }, [second]).bounds).toMatchObject({
      width: 480,
      height: 360,
    })
  })

  test('have a default', () => {
    expect(initialBounds(undefined, [screen])).toEqual({
      bounds: { width: 1100, height: 800 },
      maximized: false,
    })
  })

  test('are written atomically, and an invalid file is ignored', () => {
    const file = path.join(folder, 'window.json')
    expect(readBounds(file)).toBeUndefined()
    writeBounds(file, saved)
    expect(readBounds(file)).toEqual(saved)
    expect(existsSync(`${file}.new`)).toBe(false)
    for (const broken of ['', '{"x":1', '{"x":"1"}', 'null', '[]']) {
      writeFileSync(file, broken)
      expect(readBounds(file)).toBeUndefined()
    }
  })
})
