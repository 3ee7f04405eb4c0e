import { chmodSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { folder as parent, useFolder } from '../../support/folder.ts'
import { call } from '../../support/http.ts'
import { CHEAP_HASH } from '../../support/login.ts'
import { Program } from '../../support/program.ts'
import { configOf, startProxy, type TestProxy } from '../../support/proxy.ts'

const CONFIG = configOf([{ name: 'one', url: 'http://127.0.0.1:9' }])
const LIMITS = { scryptCost: CHEAP_HASH }

const modeOf = (file: string): number => statSync(file).mode & 0o777

useFolder()
let proxy: TestProxy | undefined

afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
})

// Windows has no such modes; there the profile's folder belongs to the user alone.
describe.skipIf(process.platform === 'win32')('files', () => {
  test('are the user’s alone, in a folder of his alone', async () => {
    const folder = path.join(parent, 'deep', 'er')
    proxy = await startProxy({ userDataDir: folder, limits: LIMITS })
    await proxy.configure(CONFIG)
    await proxy.post('/api/auth/password', { password: 'correct horse' })
    expect(modeOf(folder)).toBe(0o700)
    expect(modeOf(path.join(parent, 'deep'))).toBe(0o700)
    const lock = process.platform === 'linux' ? ['lock.sock'] : []
    expect(readdirSync(folder).sort()).toEqual(['config.json', ...lock, 'sessions.json'])
    for (const file of readdirSync(folder))
      expect([file, modeOf(path.join(folder, file))]).toEqual([file, 0o600])
  })

  test('that were there already are narrowed, the folder stays as the user made it', async () => {
    const folder = path.join(parent, 'shared')
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    const file = path.join(folder, 'config.json')
    writeFileSync(file, JSON.stringify(CONFIG))
    chmodSync(file, 0o644)
    proxy = await startProxy({ userDataDir: folder })
    expect(modeOf(file)).toBe(0o600)
    expect(modeOf(folder)).toBe(0o755)
  })

  test('that are kept aside because they are broken are narrowed too', async () => {
    const file = path.join(parent, 'config.json')
    writeFileSync(file, '{"backends": [{"headers": {"Authorization": "secret"}}')
    chmodSync(file, 0o644)
    proxy = await startProxy({ userDataDir: parent })
    const aside = readdirSync(parent).find((name) => name.includes('.broken-')) ?? ''
    expect(modeOf(path.join(parent, aside))).toBe(0o600)
  })

  test('that an editor replaced are narrowed again', async () => {
    proxy = await startProxy({ userDataDir: parent })
    await proxy.configure(CONFIG)
    const file = path.join(parent, 'config.json')
    writeFileSync(`${file}~`, JSON.stringify({ ...CONFIG, app: { notifications: false } }))
    chmodSync(`${file}~`, 0o644)
    renameSync(`${file}~`, file)
    await expect.poll(() => proxy?.service.store.config.app).toBeDefined()
    expect(modeOf(file)).toBe(0o600)
  })
})

/** Runs the program until it has printed its banner, and returns what it printed. */
async function runOnce(...flags: string[]): Promise<string> {
  const source = ['--import', 'tsx', 'src-main/cli.ts', '--headless', '--host=127.0.0.1', '--port=0']
  const program = new Program(process.execPath, [...source, `--user-data-dir=${parent}`, ...flags])
  await program.until(/for Immich/)
  program.kill('SIGTERM')
  await program.ended
  return program.stdout
}

test('--reset-password removes the password, says so and goes on starting', async () => {
  proxy = await startProxy({ userDataDir: parent, limits: LIMITS })
  await proxy.configure({ ...CONFIG, security: { allowedHosts: ['ml.example.com'] } })
  await proxy.post('/api/auth/password', { password: 'correct horse' })
  await proxy.service.stop(0)
  const printed = await runOnce('--reset-password')
  expect(printed).toMatch(/^The password was removed; .*\nImmich ML Proxy /)
  expect(printed).toContain('for Immich')
  expect(await runOnce('--reset-password')).toMatch(/^No password was set\nImmich ML Proxy /)
  proxy = await startProxy({ userDataDir: parent, limits: LIMITS })
  const config = await call(proxy.url, '/api/config')
  expect(config.status).toBe(200)
  expect(config.text).toContain('ml.example.com')
})
