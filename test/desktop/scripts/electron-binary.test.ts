import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { download, downloadEnv, mayDownload } from '../../../scripts/electron-binary.mjs'
import { folderOfFile } from '../../support/folder.ts'

const folder = folderOfFile()

describe('the download of the binary', () => {
  const out = path.join(folder, 'unpacked')
  const script = (name: string, text: string): string => {
    const file = path.join(folder, name)
    writeFileSync(file, text)
    return file
  }
  /** A server that sends `pieces` of one byte, and then goes on or stops in the middle. */
  const serve = async (pieces: number, everyMs: number, ends: boolean): Promise<string> => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': ends ? pieces : pieces + 1 })
      let sent = 0
      const timer = setInterval(() => {
        response.write('x')
        if (++sent === pieces) clearInterval(timer)
      }, everyMs)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
  const servers: Server[] = []
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })
  const fetching = (url: string): string =>
    script(
      `fetch-${servers.length}.cjs`,
      `fetch(${JSON.stringify(url)}).then((answer) => answer.arrayBuffer()).then(() => process.exit(0), () => process.exit(1))`,
    )
  // Longer than Node takes to start on a machine that is busy: until then no byte can come.
  const STALL_MS = 2_400

  test('lasts as long as bytes come, and tells how many', async () => {
    // Twice as long in all as it may stand still.
    const url = await serve(16, STALL_MS / 8, true)
    const seen: number[] = []
    const { done } = download(fetching(url), {
      stallMs: STALL_MS,
      folder: out,
      onProgress: (received, total) => {
        expect(total).toBe(16)
        seen.push(received)
      },
    })
    expect(await done).toBe(true)
    expect(seen.at(-1)).toBe(16)
    expect(seen.length).toBeGreaterThan(2)
  })

  test('ends when it stands still', async () => {
    const url = await serve(2, 10, false)
    expect(await download(fetching(url), { stallMs: STALL_MS, folder: out }).done).toBe(false)
  })

  test('lasts as long as it unpacks', async () => {
    mkdirSync(out, { recursive: true })
    const file = JSON.stringify(path.join(out, 'large'))
    const unpack = script(
      'unpack.cjs',
      `let count = 0; setInterval(() => { require('fs').appendFileSync(${file}, 'x'); if (++count === 16) process.exit(0) }, ${STALL_MS / 8})`,
    )
    expect(await download(unpack, { stallMs: STALL_MS, folder: out }).done).toBe(true)
  })

  test('ends with all that it started', async () => {
    const pidFile = path.join(folder, 'pid')
    const slow = script(
      'slow.cjs',
      `const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid)); setInterval(() => {}, 1000)`,
    )
    const { done, stop } = download(slow, { folder: out })
    await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '').toBe(true)
    stop()
    expect(await done).toBe(false)
    const isRunning = (): boolean => {
      try {
        process.kill(Number(readFileSync(pidFile, 'utf8')), 0)
        return !readFileSync(`/proc/${readFileSync(pidFile, 'utf8')}/stat`, 'utf8').includes(') Z ')
      } catch {
        return false
      }
    }
    await expect.poll(isRunning).toBe(false)
  })

  test('says how it went', async () => {
    expect(await download(script('well.cjs', 'process.exit(0)'), { folder: out }).done).toBe(true)
    expect(await download(script('badly.cjs', 'process.exit(1)'), { folder: out }).done).toBe(false)
  })

  test('uses a proxy if one is set', () => {
    expect(downloadEnv({ PATH: '/bin' })).not.toHaveProperty('ELECTRON_GET_USE_PROXY')
    expect(downloadEnv({ HTTPS_PROXY: '' })).not.toHaveProperty('ELECTRON_GET_USE_PROXY')
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])
      expect(downloadEnv({ [name]: 'http://proxy:3128' })).toMatchObject({ ELECTRON_GET_USE_PROXY: 'true' })
  })

  test('that has failed is tried again after a day, or for another version', () => {
    const file = path.join(folder, 'failed')
    expect(mayDownload('45.0.0', { file })).toBe(true)
    writeFileSync(file, '45.0.0')
    const failedAt = statSync(file).mtimeMs
    const hours = (count: number): number => failedAt + count * 60 * 60_000
    expect(mayDownload('45.0.0', { file, now: hours(23) })).toBe(false)
    expect(mayDownload('45.0.0', { file, now: hours(24) })).toBe(true)
    expect(mayDownload('45.0.1', { file, now: hours(1) })).toBe(true)
  })
})
