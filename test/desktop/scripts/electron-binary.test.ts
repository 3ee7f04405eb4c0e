import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { download } from '../../../scripts/electron-binary.mjs'
import { folderOfFile } from '../../support/folder.ts'

const folder = folderOfFile()

describe('the download of the binary', () => {
  const script = (name: string, text: string): string => {
    const file = path.join(folder, name)
    writeFileSync(file, text)
    chmodSync(file, 0o755)
    return file
  }

  test('ends after its time, with all that it started', async () => {
    const mark = path.join(folder, 'mark')
    const slow = script(
      'slow.cjs',
      `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => require("fs").writeFileSync(${JSON.stringify(mark)}, ""), 1500)']); setTimeout(() => {}, 60000)`,
    )
    const begun = performance.now()
    expect(await download(slow, 500)).toBe(false)
    expect(performance.now() - begun).toBeLessThan(5_000)
    await new Promise((resolve) => setTimeout(resolve, 1_800))
    expect(existsSync(mark)).toBe(false)
  })

  test('says how it went', async () => {
    expect(await download(script('well.cjs', ''), 10_000)).toBe(true)
    expect(await download(script('badly.cjs', 'process.exit(1)'), 10_000)).toBe(false)
  })
})
