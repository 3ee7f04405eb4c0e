import { EventEmitter, once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createApp, type AppDeps } from '../../../src-main/http/app.ts'
import { AccessControl } from '../../../src-main/http/guard/access-control.ts'
import { createPredictListener, isPredict } from '../../../src-main/http/predict.ts'
import { AppError } from '../../../src-main/platform/errors.ts'
import { streamLogger } from '../../../src-main/platform/log.ts'
import { Recorder } from '../../../src-main/traffic/recorder.ts'
import { call } from '../../support/http.ts'
import { ApiDescription } from '../../support/openapi.ts'

const SECRET_PATH = '/home/somebody/.config/config.json'

let server: http.Server | undefined
let logged = ''
/** From then on the parts throw; the application is made before. */
let isArmed = false

afterEach(() => {
  isArmed = false
  server?.closeAllConnections()
  server?.close()
  server = undefined
  logged = ''
})

/** A part of which everything that is asked throws, but some of its members. */
function throwing(part: object, makeError: () => unknown, kept: readonly string[] = []): never {
  return new Proxy(part, {
    get: (target, key) => {
      if (isArmed && !kept.includes(String(key))) throw makeError()
      return Reflect.get(target, key) as unknown
    },
  }) as never
}

/** The application with parts that throw; only what every request passes lets it pass. */
async function listen(makeError: () => unknown): Promise<string> {
  const part = throwing(new EventEmitter(), makeError)
  const auth = Object.assign(new EventEmitter(), {
    authenticate: () => Promise.resolve({ kind: 'open' }),
    isValid: () => true,
  })
  const deps: AppDeps = {
    log: streamLogger('info', { write: (line) => void (logged += line) }),
    accessControl: new AccessControl(),
    cookieName: 'session',
    proxyId: 'id',
    auth: throwing(auth, makeError, ['authenticate', 'isValid']),
    store: part,
    monitor: part,
    availability: part,
    immich: part,
    courtesy: part,
    containers: part,
    recorder: throwing(new Recorder({ enabled: false }), makeError, ['enabled']),
    status: part,
    history: part,
    metrics: part,
    stopping: throwing(new EventTarget(), makeError),
    saveConfig: () => {
      throw makeError()
    },
    handler: part,
    admission: part,
    positions: part,
    tries: part,
    lastAsked: part,
    slots: part,
    registry: part,
    viewsFolder: '/nowhere',
  }
  const app = createApp(deps)
  const predict = createPredictListener({ ...deps, handler: part, bufferPool: part })
  const answer: http.RequestListener = (request, response) =>
    (isPredict(request) ? predict : app)(request, response)
  server = http.createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  isArmed = true
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const cyclic = (): Record<string, unknown> => {
  const value: Record<string, unknown> = {}
  value['itself'] = value
  return value
}

const errors: [string, () => unknown][] = [
  [
    'an error of the file system',
    () =>
      Object.assign(new Error(`ENOENT: no such file or directory, open '${SECRET_PATH}'`), {
        code: 'ENOENT',
        path: SECRET_PATH,
      }),
  ],
  [
    'an error of Express with a status',
    () => Object.assign(new Error(`ENOENT, stat '${SECRET_PATH}'`), { status: 404, expose: true }),
  ],
  [
    'an error of a parser',
    () => Object.assign(new Error(`unsupported charset in ${SECRET_PATH}`), { status: 400 }),
  ],
  ['no error at all', () => SECRET_PATH],
  [
    'an error whose message cannot be read',
    () =>
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error(SECRET_PATH)
        },
      }),
  ],
  ['an error with details that are no JSON', () => new AppError('X', 400, 'a sentence', cyclic())],
  ['an error with a status that is none', () => Object.assign(new Error(SECRET_PATH), { status: 499.5 })],
]

describe('no answer holds a stack or a path of this computer, whatever a handler throws', () => {
  const { operations } = new ApiDescription()
  test.each(errors)('%s, on every route', async (_what, makeError) => {
    const url = await listen(makeError)
    const answered: string[] = []
    for (const operation of operations) {
      const [method = '', template = ''] = operation.split(' ')
      const path = template.replaceAll(/\{\w+\}/g, '1')
      const body =
        method === 'post'
          ? { password: 'x', enabled: true, maxRecords: 5, url: 'http://127.0.0.1:9' }
          : undefined
      const options = { method: method.toUpperCase(), ...(body === undefined ? {} : { body }) }
      // An event stream or an archive that had begun is ended without a word.
      const answer = await call(url, path, options).catch(() => undefined)
      if (answer === undefined) {
        expect(['get /api/events', 'get /api/debug/har']).toContain(operation)
        continue
      }
      const seen = `${operation}: ${answer.status} ${answer.text}`
      expect(seen).not.toContain('somebody')
      expect(seen).not.toMatch(/node_modules|node:|\.ts:|\.js:|\n\s+at /)
      if (answer.status >= 400) {
        expect([operation, Object.keys(JSON.parse(answer.text) as object)]).toEqual([operation, ['error']])
        answered.push(operation)
      }
    }
    // The pages alone ask nobody for anything.
    const pages = ['get /', 'get /overview', 'get /config', 'get /debug']
    expect(operations.filter((one) => !answered.includes(one))).toEqual(
      expect.arrayContaining(pages.filter((page) => operations.includes(page))),
    )
    expect(answered.length).toBeGreaterThan(20)
  })
})
