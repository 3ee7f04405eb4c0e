import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Status } from '../../../src-shared/api.ts'
import { confWriter } from '../../../src-main/settings/file.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { call } from '../../support/http.ts'
import { basic, CHEAP_HASH, cookieIn } from '../../support/login.ts'
import { configOf, startProxy, type TestProxy } from '../../support/proxy.ts'

const PASSWORD = 'correct horse'
const LIMITS = { scryptCost: CHEAP_HASH }
const SECURITY = { allowedClients: ['127.0.0.1', '192.168.77.0/24'], allowedHosts: ['ml.example.com'] }

useFolder()
let file: string
let proxy: TestProxy | undefined
/** A session from before the file was broken. */
let cookie: Record<string, string>

const start = async (): Promise<TestProxy> =>
  (proxy = await startProxy({ userDataDir: folder, limits: LIMITS }))

beforeEach(async () => {
  file = path.join(folder, 'config.json')
  const first = await start()
  await first.configure({ ...configOf([{ name: 'one', url: 'http://127.0.0.1:9' }]), security: SECURITY })
  const body = { password: PASSWORD }
  cookie = cookieIn(await call(first.url, '/api/auth/password', { method: 'POST', body }))
  await first.service.stop(0)
})
afterEach(() => proxy?.service.stop(0))

/** Breaks the file by hand and starts again. */
async function startWith(edit: (text: string) => string | Buffer): Promise<TestProxy> {
  const before = readFileSync(file, 'utf8')
  const after = edit(before)
  expect(after).not.toBe(before)
  writeFileSync(file, after)
  return start()
}

const statusOf = async (where: string, headers: Record<string, string> = {}): Promise<number> =>
  (await call(proxy?.url ?? '', where, { headers })).status
const warningsOf = (): string => (proxy?.service.status() as Status).warnings.join('\n')

describe('a typo elsewhere', () => {
  const typos: [string, (text: string) => string][] = [
    ['a URL that is none', (text) => text.replace('http://127.0.0.1:9', 'htp:/127.0.0.1:9')],
    ['a route to nowhere', (text) => text.replace('"defaultBackend": "one"', '"defaultBackend": "two"')],
    ['a field of another type', (text) => text.replace('"taskRouting": {}', '"taskRouting": 5')],
    ['a range that is none', (text) => text.replace('"192.168.77.0/24"', '"192.168.77.0/33"')],
  ]
  test.each(typos)('leaves the password and the lists in force: %s', async (_what, edit) => {
    await startWith(edit)
    // After the next start as well, when the broken file is no longer there.
    for (const isFirst of [true, false]) {
      expect(await statusOf('/api/config')).toBe(401)
      expect(await statusOf('/api/config', basic(PASSWORD))).toBe(200)
      expect(await statusOf('/api/config', cookie)).toBe(200)
      expect(await statusOf('/api/auth/status', { host: 'ml.example.com' })).toBe(200)
      const { security } = proxy?.service.store.config ?? {}
      expect(SECURITY.allowedClients).toEqual(expect.arrayContaining(security?.allowedClients ?? []))
      expect(security?.allowedClients).toContain('127.0.0.1')
      if (isFirst) {
        expect(warningsOf()).toContain('what it said of the password')
        expect(warningsOf()).toContain('security.allowedClients, security.allowedHosts')
        expect(warningsOf()).toContain('stays in force')
        expect(readdirSync(folder).some((name) => name.includes('.broken-'))).toBe(true)
        await proxy?.service.stop(0)
        await start()
      }
    }
  })

  test('leaves the address in force', async () => {
    await startWith((text) =>
      text.replace('"taskRouting": {}', '"taskRouting": 5, "server": {"host": "127.0.0.9"}'),
    )
    expect(proxy?.service.store.config.server).toEqual({ host: '127.0.0.9' })
    expect(warningsOf()).toContain('server.host')
  })
})

describe('a text that is no JSON', () => {
  const texts: [string, (text: string) => string | Buffer][] = [
    ['a comma too many', (text) => text.replace('"backends"', ',"backends"')],
    ['a quote too few', (text) => text.replace('"passwordHash": "', '"passwordHash: "')],
    ['no quotes', (text) => text.replaceAll('"', '')],
    ['the end cut off', (text) => text.slice(0, text.lastIndexOf('"') + 1)],
    ['UTF-16', (text) => Buffer.from(text, 'utf16le')],
  ]
  test.each(texts)('leaves the password in force: %s', async (_what, edit) => {
    await startWith(edit)
    expect(await statusOf('/api/config')).toBe(401)
    expect(await statusOf('/api/config', basic(PASSWORD))).toBe(200)
    expect(warningsOf()).toMatch(
      /what it said of the password \(--reset-password removes it\) stays in force/,
    )
    expect(readFileSync(file, 'utf8')).toContain('passwordHash')
  })

  test('with a damaged hash lets nobody in until it is removed', async () => {
    await startWith((text) => text.slice(0, text.indexOf('scrypt') + 30))
    expect(await statusOf('/api/config')).toBe(401)
    expect(await statusOf('/api/config', basic(PASSWORD))).toBe(401)
    expect(proxy?.service.resetPassword()).toBe(true)
    expect(await statusOf('/api/config')).toBe(200)
  })

  test('without a hash says that no password is in force', async () => {
    await startWith(() => '{"backends": [')
    expect(await statusOf('/api/config')).toBe(200)
    expect(warningsOf()).toContain('the defaults are used, so no password is in force either')
  })
})

test('only what is valid by itself stays, and what is missing is said', async () => {
  await startWith(() => JSON.stringify({ backends: 5, security: { ...SECURITY, allowedHosts: ['*'] } }))
  expect(await statusOf('/api/config')).toBe(200)
  expect(proxy?.service.store.config.security).toEqual({ allowedClients: SECURITY.allowedClients })
  expect(warningsOf()).toMatch(/of security\.allowedClients stays in force; no password is in force/)
})

test('where it cannot be written down, the file stays as it was and nothing starts', async () => {
  const broken = readFileSync(file, 'utf8').replace('"backends"', ',"backends"')
  writeFileSync(file, broken)
  const writer = async (where: string) => {
    await confWriter(where)
    return {
      write: () => {
        throw new Error('ENOSPC: no space left on device')
      },
    }
  }
  await expect(startProxy({ userDataDir: folder, writer })).rejects.toThrow(/ENOSPC/)
  expect(readFileSync(file, 'utf8')).toBe(broken)
})
