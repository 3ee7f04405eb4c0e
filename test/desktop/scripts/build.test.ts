/** What the build is for, wherever it was started from: here by vitest, which sets NODE_ENV to test. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../support/packing.ts'

test('the pages are built for use, without what is for developers of Vue', () => {
  const folder = path.join(root, 'dist/renderer/assets')
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'))
  expect(scripts.length).toBeGreaterThan(5)
  const withTools = scripts.filter((name) =>
    readFileSync(path.join(folder, name), 'utf8').includes('DEVTOOLS_KIT'),
  )
  expect(withTools).toEqual([])
})
