import { describe, expect, test } from 'vitest'
import { judge, problemsText, savedConfigSchema } from '../../../src-shared/config/schema.ts'

function problems(more: Record<string, unknown>): string {
  const backends = [{ name: 'gpu', url: 'http://gpu:3003', ...more }]
  const judged = judge(savedConfigSchema, { defaultBackend: 'gpu', backends })
  return judged.ok ? '' : problemsText(judged.problems)
}

describe('backends[].yield', () => {
  test.each([
    {},
    {
      schedule: ['Mon-Fri 17:00-23:00'],
      programs: ['cs2', 'blender.exe'],
      games: true,
      onBattery: true,
      idleSeconds: 0,
    },
    { keepSearch: false, note: 'kept' },
    { programs: ['Baldur’s Gate 3', 'a.b-c (x64).exe'] },
  ])('takes %j', (set) => expect(problems({ yield: set })).toBe(''))

  test.each([
    [{ schedule: ['Mon-Fri 17:00-23:00', 'always'] }, 'backends[0].yield.schedule[1] must be like "Mon-Fri'],
    [{ schedule: 'Mon-Fri 17:00-23:00' }, 'backends[0].yield.schedule must be a list of texts'],
    [{ programs: ['C:\\Games\\cs2.exe'] }, 'backends[0].yield.programs[0] must be the name alone'],
    [{ programs: ['*.exe'] }, 'must be the name alone'],
    [{ programs: [''] }, 'yield.programs[0] is empty'],
    [{ games: 'yes' }, 'backends[0].yield.games must be true or false'],
    [{ idleSeconds: -1 }, 'backends[0].yield.idleSeconds must be a whole number from 0 to 86400 (seconds)'],
    [{ keepSearch: 1 }, 'backends[0].yield.keepSearch must be true or false'],
    [true, 'backends[0].yield must be an object'],
  ])('refuses %j', (set, message) => expect(problems({ yield: set })).toContain(message))
})

test('one container is managed for one backend', () => {
  const manage = { container: 'ml' }
  const backends = ['a', 'b'].map((name) => ({ name, url: `http://${name}`, manage }))
  const judged = judge(savedConfigSchema, { defaultBackend: 'a', backends })
  expect(judged).toMatchObject({
    ok: false,
    problems: [
      {
        path: ['backends', 1, 'manage', 'container'],
        message: 'is managed for "a" already; keep one of the two',
      },
    ],
  })
})

describe('backends[].manage', () => {
  test.each([
    { container: 'immich_machine_learning' },
    { container: 'immich-ml.1', stopAfterMinutes: 1, socket: '/run/user/1000/podman/podman.sock' },
    { container: '0123456789ab', socket: '\\\\.\\pipe\\docker_engine' },
  ])('takes %j', (manage) => expect(problems({ manage })).toBe(''))

  test.each([
    [{}, 'backends[0].manage.container must be a text'],
    [{ container: '' }, 'backends[0].manage.container must be the name of a container'],
    [{ container: '../images' }, 'must be the name of a container'],
    [{ container: 'a/exec' }, 'must be the name of a container'],
    [{ container: 'a?b' }, 'must be the name of a container'],
    [{ container: 'a%2fb' }, 'must be the name of a container'],
    [{ container: 'a\nb' }, 'must be the name of a container'],
    [{ container: 'ml', socket: 'docker.sock' }, 'backends[0].manage.socket must be the whole path'],
    [{ container: 'ml', socket: '//nas/pipe/docker_engine' }, 'must be the whole path'],
    [{ container: 'ml', socket: '\\\\nas\\pipe\\docker_engine' }, 'must be the whole path'],
    [{ container: 'ml', socket: 'tcp://nas:2375' }, 'must be the whole path'],
    [
      { container: 'ml', stopAfterMinutes: 0 },
      'manage.stopAfterMinutes must be a whole number from 1 to 1440',
    ],
    ['ml', 'backends[0].manage must be an object with the name of a container'],
  ])('refuses %j', (manage, message) => expect(problems({ manage })).toContain(message))
})
