import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  connectError,
  EngineError,
  engineRequest,
  type EngineCall,
  type EngineErrorCode,
} from '../../../src-main/backends/container-engine.ts'
import { isMachineLearning, knownSockets, mostTelling } from '../../../src-main/backends/container-engines.ts'

const SOURCES = path.join(import.meta.dirname, '../../../src-main')

describe('what is sent to an engine', () => {
  test.each<[EngineCall, string]>([
    [{ what: 'list' }, 'GET /containers/json?all=1'],
    [{ what: 'inspect', container: 'ml' }, 'GET /containers/ml/json'],
    [{ what: 'start', container: 'ml' }, 'POST /containers/ml/start'],
    [{ what: 'stop', container: 'ml' }, 'POST /containers/ml/stop?t=10'],
    [{ what: 'restart', container: 'ml' }, 'POST /containers/ml/restart?t=10'],
  ])('%j', (call, sent) => {
    const { method, path: target } = engineRequest(call)
    expect(`${method} ${target}`).toBe(sent)
  })

  test('nothing else, whatever a name holds', () => {
    const ALLOWED =
      /^(?:GET \/containers\/json\?all=1|GET \/containers\/[a-zA-Z0-9][\w.-]*\/json|POST \/containers\/[a-zA-Z0-9][\w.-]*\/(?:start|(?:stop|restart)\?t=10))$/
    const what = fc.constantFrom('inspect', 'start', 'stop', 'restart')
    const piece = fc.constantFrom(
      'ml',
      '/',
      '..',
      '%2f',
      '?',
      '#',
      '\r\n',
      'exec',
      'create',
      ' HTTP/1.1',
      '\\',
    )
    const name = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    )
    let sent = 0
    fc.assert(
      fc.property(what, name, (act, container) => {
        let request
        try {
          request = engineRequest({ what: act as 'start', container })
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONTAINER_NAME' })
          return
        }
        sent++
        expect(`${request.method} ${request.path}`).toMatch(ALLOWED)
      }),
      { numRuns: 2_000 },
    )
    expect(sent).toBeGreaterThan(20)
  })

  test('no other file opens a socket by its path', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const opening = files.filter((file) =>
      readFileSync(path.join(SOURCES, file), 'utf8').includes('socketPath'),
    )
    expect(opening).toEqual([path.join('backends', 'container-engine.ts')])
    const text = readFileSync(path.join(SOURCES, 'backends/container-engine.ts'), 'utf8')
    expect(
      text.match(
        /requestOn\(|\.request\(|\.dispatch\(|\.stream\(|\.pipeline\(|\.connect\(|\.upgrade\(|fetch\(/g,
      ),
    ).toHaveLength(1)
  })
})

test.each([
  [
    'ENOENT',
    'linux',
    'No container engine answers at /s; start Docker or Podman (sudo systemctl start docker)',
  ],
  ['ECONNREFUSED', 'darwin', 'No container engine answers at /s; start Docker Desktop'],
  ['ENOENT', 'win32', 'start Docker Desktop'],
  ['EACCES', 'linux', 'may not use /s; sudo usermod -aG docker $USER, then log out and in again'],
  ['EPERM', 'win32', 'add your user to the group docker-users'],
  ['EPIPE', 'linux', 'The container engine at /s failed: broken'],
] as const)('%s on %s', (code, platform, message) => {
  expect(connectError(Object.assign(new Error('broken'), { code }), '/s', platform).message).toContain(
    message,
  )
})

test('another user’s Podman needs its own user, and no group of Docker’s', () => {
  const refused = Object.assign(new Error('refused'), { code: 'EACCES' })
  const { message } = connectError(refused, '/run/podman/podman.sock', 'linux')
  expect(message).toContain('systemctl --user enable --now podman.socket')
  expect(message).not.toContain('usermod')
})

const DOCKER = '/var/run/docker.sock'
const PODMAN = '/run/podman/podman.sock'
test.each<[string, [string, EngineErrorCode][], string]>([
  [
    'an engine that refuses',
    [
      [DOCKER, 'ENGINE_NO_RIGHTS'],
      [PODMAN, 'ENGINE_NOT_RUNNING'],
    ],
    DOCKER,
  ],
  [
    'an engine without the container, beside the closed folder of root’s Podman',
    [
      [PODMAN, 'ENGINE_NO_RIGHTS'],
      [DOCKER, 'CONTAINER_UNKNOWN'],
    ],
    DOCKER,
  ],
  [
    'that folder where no other engine runs',
    [
      [DOCKER, 'ENGINE_NOT_RUNNING'],
      [PODMAN, 'ENGINE_NO_RIGHTS'],
    ],
    PODMAN,
  ],
])('of several engines is told: %s', (_what, failed, told) => {
  const errors = failed.map(([socket, code]) => ({ socket, error: new EngineError(code, socket) }))
  expect(mostTelling(errors)?.message).toBe(told)
})

test('the known sockets', () => {
  const computer = { home: '/home/me', env: { XDG_RUNTIME_DIR: '/run/user/1000' } }
  expect(knownSockets({ ...computer, platform: 'linux' })).toEqual([
    '/var/run/docker.sock',
    '/run/user/1000/docker.sock',
    '/run/user/1000/podman/podman.sock',
    '/home/me/.docker/desktop/docker.sock',
    '/run/podman/podman.sock',
  ])
  expect(knownSockets({ ...computer, env: {}, platform: 'linux' })).toHaveLength(3)
  expect(knownSockets({ ...computer, env: { XDG_RUNTIME_DIR: 'x' }, platform: 'linux' })).toHaveLength(3)
  expect(knownSockets({ ...computer, platform: 'darwin' })).toEqual([
    '/var/run/docker.sock',
    '/home/me/.docker/run/docker.sock',
  ])
  expect(knownSockets({ ...computer, platform: 'win32' })[0]).toBe('\\\\.\\pipe\\docker_engine')
})

test.each([
  ['ghcr.io/immich-app/immich-machine-learning:release-cuda', 'x', true],
  ['localhost:5000/immich-machine-learning', 'x', true],
  ['immich-machine-learning@sha256:0123456789abcdef', 'x', true],
  ['ghcr.io/immich-app/immich-server:release', 'immich_server', false],
  ['ghcr.io/evil/not-immich-machine-learning:latest', 'x', false],
  // Its tag points to a newer image meanwhile.
  ['sha256:0123456789abcdef', 'immich_machine_learning', true],
  ['0123456789abcdef', 'immich-immich-machine-learning-1', true],
  ['sha256:0123456789abcdef', 'postgres', false],
])('%s as %s', (image, name, isOne) =>
  expect(isMachineLearning({ name, image, state: 'running' })).toBe(isOne),
)
