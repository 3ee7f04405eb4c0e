import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ImmichClient } from '../../../src-main/immich/client.ts'
import { ImmichError } from '../../../src-main/immich/errors.ts'
import { MAX_IMMICH_ANSWER_BYTES } from '../../../src-main/immich/limits.ts'
import { freePort } from '../../support/ports.ts'
import { ADMIN_KEY, startImmich, type SimulatedImmich } from '../../support/simulated-immich.ts'

const SOURCES = path.resolve(import.meta.dirname, '../../../src-main/immich')
const VERSIONS = [
  [1, 140, 0],
  [2, 3, 0],
  [2, 4, 0],
  [3, 2, 0],
] as const

let immich: SimulatedImmich
let client: ImmichClient

function connect(url = immich.url, apiKey = ADMIN_KEY): ImmichClient {
  client = new ImmichClient({ url, apiKey })
  return client
}

/** The error of a call that must fail. */
async function failure(call: Promise<unknown>): Promise<ImmichError> {
  try {
    await call
  } catch (error) {
    if (error instanceof ImmichError) return error
    throw error
  }
  throw new Error('it did not fail')
}

beforeEach(async () => {
  immich = await startImmich({ mlUrls: ['http://127.0.0.1:3004'] })
  connect()
})
afterEach(async () => {
  await client.close()
  await immich.close()
})

describe.each(VERSIONS)('an Immich of v%i.%i.%i', (major, minor, patch) => {
  const since24 = major > 2 || (major === 2 && minor >= 4)
  beforeEach(() => (immich.version = [major, minor, patch]))

  test('is read, paused, resumed and started', async () => {
    expect(await client.version()).toBe(`${major}.${minor}.${patch}`)
    expect((await client.machineLearning()).urls).toEqual(['http://127.0.0.1:3004'])
    await client.setPaused('smartSearch', true)
    await immich.upload(3)
    expect((await client.queues()).get('smartSearch')).toEqual({ isPaused: true, active: 0, remaining: 3 })
    await client.startMissing('smartSearch')
    expect((await client.queues()).get('smartSearch')).toMatchObject({ remaining: 4 })
    await client.setPaused('smartSearch', false)
    expect((await client.queues()).get('smartSearch')).toMatchObject({ isPaused: false })
    expect(client.form).toBe(since24 ? 'queues' : 'jobs')
    expect(immich.violations).toEqual([])
  })

  test('knows ocr since v2.2', async () => {
    expect((await client.queues()).has('ocr')).toBe(major >= 2)
  })
})

describe('the form of the API', () => {
  test('is looked for before the first change', async () => {
    immich.version = [2, 3, 0]
    await client.setPaused('smartSearch', true)
    expect(await immich.queues.smartSearch.isPaused()).toBe(true)
  })

  test('is found anew after an update of Immich, in either direction', async () => {
    immich.version = [2, 3, 0]
    await client.queues()
    immich.version = [2, 4, 0]
    await client.queues()
    expect(client.form).toBe('jobs')
    await client.close()
    connect()
    await client.queues()
    expect(client.form).toBe('queues')
    immich.version = [2, 3, 0]
    await client.queues()
    expect(client.form).toBe('jobs')
  })

  test('one URL, as in old settings', async () => {
    immich.isSingleUrl = true
    expect((await client.machineLearning()).urls).toEqual(['http://127.0.0.1:3004'])
  })

  test.each(['/', '/api', '/api/'])('a URL that ends with %s', async (end) => {
    await client.close()
    await connect(immich.url + end).queues()
    expect(client.form).toBe('queues')
  })
})

describe('errors that say what to do', () => {
  test.each([
    ['queue.read', () => client.queues()],
    ['queue.update', () => client.setPaused('ocr', true)],
    ['job.create', () => client.startMissing('ocr')],
    ['systemConfig.read', () => client.machineLearning()],
  ])('the key lacks %s', async (permission, call) => {
    const all = ['queue.read', 'queue.update', 'job.create', 'systemConfig.read']
    immich.keys.set(ADMIN_KEY, { isAdmin: true, permissions: all.filter((name) => name !== permission) })
    const error = await failure(call())
    expect(error).toMatchObject({ code: 'IMMICH_PERMISSION_MISSING', permission })
    expect(error.message).toContain(`Missing required permission: ${permission}; give the API key`)
  })

  test('the key of no admin', async () => {
    immich.keys.set(ADMIN_KEY, { isAdmin: false, permissions: ['all'] })
    expect(await failure(client.queues())).toMatchObject({
      code: 'IMMICH_NO_ADMIN',
      message: expect.stringContaining('as an admin') as string,
    })
  })

  test('a wrong key', async () => {
    immich.keys.clear()
    for (const call of [client.queues(), client.permissions(), client.setPaused('ocr', true)]) {
      expect(await failure(call)).toMatchObject({ code: 'IMMICH_KEY_WRONG' })
    }
    // The version needs no key, and is sent none.
    await client.version()
    expect(immich.calls.at(-1)?.key).toBeUndefined()
  })

  test('nobody there, a name that is none, something that speaks no HTTP', async () => {
    await client.close()
    connect(`http://127.0.0.1:${await freePort()}`)
    expect(await failure(client.version())).toMatchObject({
      code: 'IMMICH_UNREACHABLE',
      mayHaveActed: false,
      message: expect.stringContaining('connection refused') as string,
    })
    await client.close()
    connect('http://no-such-host.invalid')
    expect((await failure(client.version())).message).toContain('host name not found')
    await client.close()
    connect(immich.url.replace('http:', 'https:'))
    expect((await failure(client.version())).message).toContain('write http:// in immich.url')
  })

  test('an Immich that does not answer in time', async () => {
    immich.fault = { kind: 'hang' }
    const error = await failure(client.queues({ timeoutMs: 50 }))
    expect(error).toMatchObject({ code: 'IMMICH_TIMEOUT', mayHaveActed: true })
    expect(error.message).toContain('within 0.05 s')
  })

  test('a connection that is closed before the answer', async () => {
    immich.fault = { kind: 'no-answer' }
    expect(await failure(client.startMissing('ocr'))).toMatchObject({
      code: 'IMMICH_UNREACHABLE',
      mayHaveActed: true,
    })
  })

  test('older than what is known', async () => {
    immich.fault = { kind: 'status', status: 404 }
    for (const call of [client.version(), client.queues(), client.machineLearning()]) {
      expect(await failure(call)).toMatchObject({ code: 'IMMICH_TOO_OLD' })
    }
  })

  test('a queue that this Immich does not have', async () => {
    immich.version = [2, 1, 0]
    expect(await failure(client.startMissing('ocr'))).toMatchObject({ code: 'IMMICH_NO_QUEUE' })
  })

  test('a job at work', async () => {
    await immich.queues.ocr.pause()
    await client.startMissing('ocr')
    immich.fault = { kind: 'status', status: 400, body: '{"message":"Job is already running"}' }
    expect(await failure(client.startMissing('ocr'))).toMatchObject({ code: 'IMMICH_BUSY', status: 409 })
  })

  test.each([
    ['a page', { kind: 'status', status: 200, body: '<html>' } as const],
    ['other JSON', { kind: 'status', status: 200, body: '{"version":"1"}' } as const],
    ['no text at all', { kind: 'status', status: 200, body: '' } as const],
    ['a list of nothing', { kind: 'status', status: 200, body: '[{"name":"mail"}]' } as const],
  ])('what answers with %s is no Immich', async (_what, fault) => {
    immich.fault = fault
    expect(await failure(client.queues())).toMatchObject({ code: 'IMMICH_NOT_IMMICH' })
  })

  test('a redirect is not followed', async () => {
    const elsewhere = await startImmich()
    try {
      immich.fault = { kind: 'status', status: 307, headers: { location: `${elsewhere.url}/api/queues` } }
      expect((await failure(client.queues())).message).toContain('was answered with 307, a redirect')
      expect(elsewhere.calls).toEqual([])
    } finally {
      await elsewhere.close()
    }
  })

  test('an answer that is too large', async () => {
    const body = `"${'x'.repeat(MAX_IMMICH_ANSWER_BYTES)}"`
    immich.fault = { kind: 'status', status: 200, body }
    expect((await failure(client.queues())).message).toContain('larger than 1 MB')
  })

  test('no error holds the key, whatever Immich answers', async () => {
    const texts = [`{"message":"Invalid API key ${ADMIN_KEY}"}`, `<html>${ADMIN_KEY}</html>`]
    texts.push(`{"message":"Missing required permission: ${ADMIN_KEY}"}`)
    for (const status of [200, 302, 400, 401, 403, 404, 500, 502]) {
      for (const body of texts) {
        immich.fault = { kind: 'status', status, body, headers: { location: `http://${ADMIN_KEY}/` } }
        const error = await failure(client.queues())
        expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(ADMIN_KEY)
      }
    }
    // Nor does the client itself, should somebody log it whole.
    expect(inspect(client, { depth: 10, showHidden: true })).not.toContain(ADMIN_KEY)
    expect(JSON.stringify(client)).not.toContain(ADMIN_KEY)
  })
})

describe('permissions', () => {
  test('are told by the key itself', async () => {
    immich.keys.set(ADMIN_KEY, { isAdmin: true, permissions: ['queue.read'] })
    expect(await client.permissions()).toEqual(['queue.read'])
  })

  test('are unknown where Immich does not tell', async () => {
    immich.version = [1, 140, 0]
    expect(await client.permissions()).toBeUndefined()
  })
})

describe('force', () => {
  test('is false in everything that is sent to a queue', async () => {
    for (const version of VERSIONS) {
      immich.version = version
      await client.close()
      connect()
      for (const queue of ['smartSearch', 'faceDetection', 'duplicateDetection']) {
        await client.setPaused(queue, true)
        await client.startMissing(queue)
        await client.setPaused(queue, false)
        await expect.poll(async () => (await client.queues()).get(queue)?.remaining).toBe(0)
      }
    }
    const commands = immich.calls.filter(
      ({ method, path: to }) => method === 'PUT' && to.startsWith('/jobs/'),
    )
    expect(commands.length).toBeGreaterThan(VERSIONS.length * 3)
    for (const { body } of commands) expect(body).toMatchObject({ force: false })
    expect(immich.violations).toEqual([])
  })

  test('stands in one place of the code, as false', () => {
    const code = readdirSync(SOURCES)
      .map((name) => readFileSync(path.join(SOURCES, name), 'utf8'))
      // Comments may name it.
      .map((text) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''))
      .join('\n')
    expect(code.match(/.*force.*/gi)).toEqual([expect.stringContaining('{ command, force: false }')])
    // Nobody else sends anything to a queue’s path of commands.
    expect(code.match(/\/jobs\/\$/g)?.length).toBe(2)
  })
})
