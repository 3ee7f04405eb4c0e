import { execFile } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** Modules of undici that a process has loaded which imports one module, as paths below its `lib` folder. */
async function loadedBy(module: string): Promise<string[]> {
  const script = `await import(${JSON.stringify(module)})
    const { default: { _cache } } = await import('node:module')
    console.log(JSON.stringify(Object.keys(_cache)))`
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '--eval', script],
  ])
  const folder = path.join('node_modules', 'undici', 'lib') + path.sep
  return (JSON.parse(stdout) as string[]).flatMap((file) => file.split(folder)[1] ?? [])
}

test('only the parts that are used are loaded', async () => {
  const parts = path.resolve(import.meta.dirname, '../../../src-main/platform/undici.ts')
  const some = await loadedBy(pathToFileURL(parts).href)
  expect(some).toContain(path.join('dispatcher', 'pool.js'))
  expect(some.filter((file) => file.startsWith('mock') || file.startsWith('cache'))).toEqual([])
  expect(some.length).toBeLessThan((await loadedBy('undici')).length / 2)
})
