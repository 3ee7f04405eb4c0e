import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Status } from '../../../src-shared/api.ts'
import { confWriter } from '../../../src-main/settings/writer.ts'
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
  const typos: [string, (text: string) => string, string][] = [
    [
      'a URL that is none',
      (text) => text.replace('http://127.0.0.1:9', 'htp:/127.0.0.1:9'),
      'backends[0].url "htp:/127.0.0.1:9" is not an http or https URL',
    ],
    [
      'a default that is no backend',
      (text) => text.replace('"defaultBackend": "one"', '"defaultBackend": "two"'),
      'defaultBackend "two" is not a backend',
    ],
    [
      'a field of another type',
      (text) => text.replace('"taskRouting": {}', '"taskRouting": 5'),
      'taskRouting must be an object',
    ],
    [
      'a range that is none',
      (text) => text.replace('"192.168.77.0/24"', '"192.168.77.0/33"'),
      'security.allowedClients[1] must be like',
    ],
  ]
  test.each(typos)('leaves the password and the lists in force: %s', async (_what, edit, warning) => {
    await startWith(edit)
    const typed = readFileSync(file, 'utf8')
    // The file stays as it is, so the next start reads the same.
    for (let starts = 1; starts <= 2; starts++) {
      expect(await statusOf('/api/config')).toBe(401)
      expect(await statusOf('/api/config', basic(PASSWORD))).toBe(200)
      expect(await statusOf('/api/config', cookie)).toBe(200)
      expect(await statusOf('/api/auth/status', { host: 'ml.example.com' })).toBe(200)
      const { security } = proxy?.service.store.config ?? {}
      expect(SECURITY.allowedClients).toEqual(expect.arrayContaining(security?.allowedClients ?? []))
      expect(security?.allowedClients).toContain('127.0.0.1')
      expect(warningsOf()).toContain(`In config.json: ${warning}`)
      expect(readFileSync(file, 'utf8')).toBe(typed)
      expect(readdirSync(folder).filter((name) => name.includes('.broken-'))).toEqual([])
      await proxy?.service.stop(0)
      if (starts === 1) await start()
    }
  })

  test('leaves the address in force', async () => {
    await startWith((text) =>
      text.replace('"taskRouting": {}', '"taskRouting": 5, "server": {"host": "127.0.0.9"}'),
    )
    expect(proxy?.service.store.config.server).toEqual({ host: '127.0.0.9' })
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
    // After the next start as well, when the broken file is no longer there.
    for (let starts = 1; starts <= 2; starts++) {
      expect(await statusOf('/api/config')).toBe(401)
      expect(await statusOf('/api/config', basic(PASSWORD))).toBe(200)
      expect(proxy?.service.store.config.security).toMatchObject(SECURITY)
      if (starts === 2) break
      expect(warningsOf()).toMatch(
        /what it said of the password \(--reset-password removes it\), security.allowedClients, security.allowedHosts stays in force/,
      )
      expect(readdirSync(folder).filter((name) => name.includes('.broken-'))).toHaveLength(1)
      await proxy?.service.stop(0)
      await start()
    }
  })

  test('cut off in the middle of a range opens no more than the whole one', async () => {
    await startWith((text) => text.slice(0, text.indexOf('192.168.77.0/2') + '192.168.77.0/2'.length))
    expect(proxy?.service.store.config.security?.allowedClients).toEqual(['127.0.0.1'])
  })

  test('cut off in the middle of its only range lets nobody in', async () => {
    await startWith(() => '{"security": {"allowedClients": ["192.168.77.0/2')
    expect(await statusOf('/ping')).toBe(403)
    expect(await statusOf('/api/config')).toBe(200)
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
  expect(proxy?.service.store.config.security).toMatchObject({ allowedClients: SECURITY.allowedClients })
  expect(warningsOf()).toContain('In config.json: backends must be a list of backends')
  expect(warningsOf()).toContain('In config.json: security.allowedHosts[0] must be a host name')
})

test.each([
  ['an entry that is none', { allowedClients: ['192.168.77.0/33'] }, 'security.allowedClients has no entry'],
  ['a text', { allowedClients: '192.168.77.20' }, 'security.allowedClients must be a list'],
  ['no object', ['192.168.77.20'], 'security must be an object'],
])(
  'a list of clients that is %s lets nobody in instead of the home network',
  async (_what, security, warning) => {
    await startWith(() => JSON.stringify({ security }))
    expect(await statusOf('/ping')).toBe(403)
    expect(warningsOf()).toContain(`In config.json: ${warning}`)
    // Neither does the page's own save.
    const shown = JSON.parse((await call(proxy?.url ?? '', '/api/config')).text) as object
    await proxy?.configure({ ...shown, ...configOf([{ name: 'one', url: 'http://127.0.0.1:9' }]) })
    expect(await statusOf('/ping')).toBe(403)
  },
)

test('a password hash that is no text is one that nobody knows', async () => {
  await startWith(() => JSON.stringify({ security: { passwordHash: 5 } }))
  expect(await statusOf('/api/config')).toBe(401)
  expect(warningsOf()).toContain('security.passwordHash must be a text')
  expect(proxy?.service.resetPassword()).toBe(true)
  expect(await statusOf('/api/config')).toBe(200)
})

test('JSON of another kind, as a configuration in a list, keeps its password', async () => {
  await startWith((text) => `[${text}]`)
  expect(await statusOf('/api/config')).toBe(401)
  expect(await statusOf('/api/config', basic(PASSWORD))).toBe(200)
  expect(warningsOf()).toContain('In config.json: the configuration must be an object')
  expect(readdirSync(folder).filter((name) => name.includes('.broken-'))).toEqual([])
})

test('where it cannot be written down, the file stays as it was, and its password in force', async () => {
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
  for (let starts = 1; starts <= 2; starts++) {
    proxy = await startProxy({ userDataDir: folder, writer, limits: LIMITS })
    expect(await statusOf('/api/config')).toBe(401)
    expect(warningsOf()).toContain('could not be read; it is left as it is; it is not JSON (line')
    expect(readFileSync(file, 'utf8')).toBe(broken)
    expect(readdirSync(folder).filter((name) => name.includes('.broken-'))).toEqual([])
    await proxy.service.stop(0)
  }
})
