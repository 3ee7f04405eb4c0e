import { describe, expect, test } from 'vitest'
import { judgePosted } from '../../../src-main/settings/judge-posted.ts'
import { isManageChanged } from '../../../src-main/settings/merge.ts'
import { readConfig } from '../../../src-shared/config/reading.ts'
import type { BackendConfig, Config } from '../../../src-shared/config/schema.ts'

const SOCKET = '/run/user/1000/podman/podman.sock'
const GPU: BackendConfig = { name: 'gpu', url: 'http://127.0.0.1:3003', manage: { container: 'ml' } }
const NAS: BackendConfig = {
  name: 'nas',
  url: 'http://nas:3003',
  manage: { container: 'nas-ml', socket: SOCKET },
}

const file = { defaultBackend: 'gpu', backends: [GPU, NAS] }
const current = readConfig(file)
const post = (...backends: unknown[]): Config =>
  judgePosted(current, { defaultBackend: 'gpu', backends }).config

describe('the socket of an engine', () => {
  const refused = (message: string): unknown => expect.objectContaining({ status: 400, message })
  const SENTENCE = (index: number): string =>
    `Not saved: backends[${index}].manage.socket can be set in config.json by hand alone; leave it out, and the known sockets of this computer are tried`

  test('of the file passes every save, posted or not', () => {
    expect(post(GPU, NAS).backends[1]).toEqual(NAS)
    expect(post(GPU, { name: 'nas', url: 'http://nas:3003' }).backends[1]).toEqual(NAS)
    const withoutSocket = { ...NAS, manage: { container: 'nas-ml', stopAfterMinutes: 5 } }
    expect(post(GPU, withoutSocket).backends[1]?.manage).toEqual({ ...withoutSocket.manage, socket: SOCKET })
    expect(post(GPU, { ...NAS, name: 'attic' }).backends[1]?.manage?.socket).toBe(SOCKET)
  })

  test.each([
    ['added', 0, [{ ...GPU, manage: { container: 'ml', socket: '/run/docker.sock' } }, NAS]],
    ['of another backend', 0, [{ ...GPU, manage: { container: 'ml', socket: SOCKET } }, NAS]],
    ['another', 1, [GPU, { ...NAS, manage: { container: 'nas-ml', socket: '/tmp/x.sock' } }]],
    [
      'of a new backend',
      2,
      [GPU, NAS, { name: 'x', url: 'http://x', manage: { container: 'x', socket: SOCKET } }],
    ],
  ])('%s is refused', (_what, index, backends) => {
    expect(() => post(...backends)).toThrow(refused(SENTENCE(index)))
  })

  test('it can be removed with the rest', () => {
    expect(post(GPU, { ...NAS, manage: null }).backends[1]?.manage).toBeUndefined()
  })
})

describe('a change of what is managed', () => {
  const base: Config = current.config
  const changed = (...backends: BackendConfig[]): boolean => isManageChanged(base, { ...base, backends })
  const unmanaged: BackendConfig = { name: GPU.name, url: GPU.url }

  test.each<[string, boolean, BackendConfig[]]>([
    ['nothing', false, [GPU, NAS]],
    ['the order of its fields', false, [GPU, { ...NAS, manage: { socket: SOCKET, container: 'nas-ml' } }]],
    ['another URL', false, [{ ...GPU, url: 'http://127.0.0.1:3005' }, NAS]],
    ['another name', false, [{ ...GPU, name: 'desktop' }, NAS]],
    ['a backend that is gone', false, [NAS]],
    ['a backend without', false, [GPU, NAS, { name: 'x', url: 'http://x' }]],
    ['another container', true, [{ ...GPU, manage: { container: 'other' } }, NAS]],
    ['another time', true, [{ ...GPU, manage: { container: 'ml', stopAfterMinutes: 1 } }, NAS]],
    ['none any more', true, [unmanaged, NAS]],
    ['a new one', true, [GPU, NAS, { name: 'x', url: 'http://x', manage: { container: 'ml' } }]],
    [
      'two that are exchanged',
      true,
      [
        { ...GPU, manage: NAS.manage },
        { ...NAS, manage: GPU.manage },
      ],
    ],
  ])('%s: %s', (_what, is, backends) => expect(changed(...backends)).toBe(is))
})
