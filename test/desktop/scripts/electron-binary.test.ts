import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { download } from '../../../scripts/electron-binary.mjs'
import { folderOfFile } from '../../support/folder.ts'
import { turnsUntil } from '../../support/turns.ts'

const folder = folderOfFile()

/** Whether a process is there and does more than wait to be reaped. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

describe('the download of the binary', () => {
  const script = (name: string, text: string): string => {
    const file = path.join(folder, name)
    writeFileSync(file, text)
    chmodSync(file, 0o755)
    return file
  }

  test('ends after its time, with all that it started', async () => {
    const file = path.join(folder, 'started')
    const sleep = "['-e', 'setInterval(() => {}, 1000)']"
    const slow = script(
      'slow.cjs',
      `const { pid } = require('child_process').spawn(process.execPath, ${sleep})
      require('fs').writeFileSync(${JSON.stringify(file)}, String(pid))
      setInterval(() => {}, 1000)`,
    )
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const downloaded = download(slow, 60_000)
    // Neither of the two ends by itself.
    await turnsUntil(() => existsSync(file) && readFileSync(file, 'utf8') !== '')
    vi.advanceTimersByTime(60_000)
    vi.useRealTimers()
    expect(await downloaded).toBe(false)
    const pid = Number(readFileSync(file, 'utf8'))
    await expect.poll(() => isRunning(pid)).toBe(false)
  })

  test('says how it went', async () => {
    expect(await download(script('well.cjs', ''), 10_000)).toBe(true)
    expect(await download(script('badly.cjs', 'process.exit(1)'), 10_000)).toBe(false)
  })
})
