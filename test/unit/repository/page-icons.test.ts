/** The icons of the pages are those of the app and the tray: made from one drawing, for each state. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { pageIcons } from '../../../scripts/icon-drawings.mjs'
import { ICON_STATES } from '../../../src-main/desktop/tray/tray-icons.ts'
import { projectRoot } from '../../support/program.ts'

const files = [...pageIcons()]

describe('icons of the pages', () => {
  test.each(files)('%s is as `npm run icons` makes it', (name, text) => {
    expect(readFileSync(path.join(projectRoot, 'src-renderer', name), 'utf8')).toBe(text)
  })

  test.each(ICON_STATES)('%s has the shape that the tray has for it', (state) => {
    const drawing = readFileSync(path.join(projectRoot, 'resources/icons.svg'), 'utf8').replaceAll(
      /\s+/g,
      ' ',
    )
    const [, shape = ''] = new RegExp(`id="${state}-shape"[^>]*>(.*?)</g>`).exec(drawing) ?? []
    expect(shape.length).toBeGreaterThan(10)
    expect(pageIcons().get(`icons/${state}.svg`)).toContain(shape)
  })

  test('a tab has the picture of the window and the dock', () => {
    const icon = readFileSync(path.join(projectRoot, 'src-renderer/public/favicon.svg'), 'utf8')
    for (const part of ['app-ground', 'M330 512H700', 'stroke-dasharray="4 92"']) expect(icon).toContain(part)
    expect(existsSync(path.join(projectRoot, 'resources/icons/512x512.png'))).toBe(true)
  })
})
