/** The daily look for a newer version. */
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { UPDATE_ANSWER_BYTES, UPDATE_CHECK_EVERY_MS } from '../../../src-main/desktop/limits.ts'
import { UpdateCheck } from '../../../src-main/desktop/system/update-check.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { REPOSITORY } from '../../../src-shared/project.ts'
import { startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'
import { reset, tray } from '../../support/electron-stand-in/control.ts'
import { net } from '../../support/electron-stand-in/system.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

useDesktops()

let enabled = true
let now = 0
const create = (repository = 'owner/name'): UpdateCheck =>
  new UpdateCheck({ repository, folder, enabled: () => enabled, log: silentLogger(), now: () => now })
const release = (tag: string): (() => Response) => {
  return () => new Response(JSON.stringify({ tag_name: tag, html_url: 'https://evil.example/' }))
}

beforeEach(() => {
  enabled = true
  now = Date.now()
  reset(folder)
  app.becomeReady()
})
describe('the latest release', () => {
  test('is looked up once a day, also over a restart', async () => {
    net.answer = release('v999.0.0')
    const changed = vi.fn()
    const first = create()
    first.on('change', changed)
    await first.check()
    await first.check()
    expect(net.urls).toEqual(['https://api.github.com/repos/owner/name/releases/latest'])
    expect(first.newVersion).toBe('999.0.0')
    expect(changed).toHaveBeenCalledTimes(1)
    const second = create()
    expect(second.newVersion).toBe('999.0.0')
    now += UPDATE_CHECK_EVERY_MS - 1
    await second.check()
    expect(net.urls).toHaveLength(1)
    now += 1
    await second.check()
    expect(net.urls).toHaveLength(2)
  })

  test('that is not newer is not shown', async () => {
    net.answer = release('v0.0.1')
    const check = create()
    await check.check()
    expect(check.newVersion).toBeUndefined()
  })

  test('is not looked up when that is switched off, and a known one is not shown', async () => {
    net.answer = release('v999.0.0')
    const check = create()
    await check.check()
    enabled = false
    now += UPDATE_CHECK_EVERY_MS
    await check.check()
    expect(net.urls).toHaveLength(1)
    expect(check.newVersion).toBeUndefined()
  })

  test.each<[string, () => Response | Promise<Response>]>([
    ['no network', () => Promise.reject(new Error('ERR_INTERNET_DISCONNECTED'))],
    ['an error', () => new Response('', { status: 403 })],
    ['no JSON', () => new Response('<html>')],
    ['another tag', release('nightly')],
    ['a very large answer', () => new Response(new Uint8Array(UPDATE_ANSWER_BYTES + 1))],
  ])('%s is silent, and tried again the next day', async (_what, answer) => {
    net.answer = answer
    const check = create()
    await check.check()
    expect(check.newVersion).toBeUndefined()
    await check.check()
    expect(net.urls).toHaveLength(1)
    now += UPDATE_CHECK_EVERY_MS
    await check.check()
    expect(net.urls).toHaveLength(2)
  })

  test('a file that cannot be read or written stops nothing', async () => {
    writeFileSync(path.join(folder, 'update-check.json'), '{"at":')
    net.answer = release('v999.0.0')
    const check = create()
    rmSync(folder, { recursive: true })
    await check.check()
    expect(check.newVersion).toBe('999.0.0')
  })

  test('of no repository is not looked up', async () => {
    const check = create('')
    await check.check()
    expect(net.urls).toEqual([])
    expect(check.newVersion).toBeUndefined()
  })
})

test('the app looks nothing up while the project names no repository', async () => {
  expect(REPOSITORY).toBe('')
  await startTestDesktop()
  expect(net.urls).toEqual([])
  expect(tray().items.some(({ label }) => label.includes('available'))).toBe(false)
})
