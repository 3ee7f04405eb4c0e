import { describe, expect, test } from 'vitest'
import { judgePosted } from '../../../src-main/settings/judge-posted.ts'
import { problemsText } from '../../../src-shared/config/problems.ts'
import { readConfig, type ConfigReading } from '../../../src-shared/config/reading.ts'
import { ORIGINAL_FILES } from '../../support/original-files.ts'

const NAS = { name: 'nas', url: 'http://nas:3003' }
const GPU = { name: 'gpu', url: 'http://gpu:3003' }
const BASE = { defaultBackend: 'nas', backends: [NAS, GPU] }

const told = ({ problems }: ConfigReading): string => problemsText(problems)

/** As the original answers: 200 for all of these, where it has a default and a backend. */
test.each(ORIGINAL_FILES.filter(([, file]) => 'backends' in file && file.backends !== null))(
  'posted: %s',
  (_what, file, inForce) => {
    const current = readConfig({})
    const read = readConfig(file)
    const isRefused = read.refused > 0 || read.config.defaultBackend === ''
    const disagrees =
      told(read).includes('taskRouting.facial_recognition') &&
      /nas/.test(JSON.stringify(Reflect.get(file, 'taskRouting')))
    const post = (): unknown => judgePosted(current, file)
    if (isRefused || disagrees) expect(post).toThrow(expect.objectContaining({ status: 400 }))
    else {
      const posted = judgePosted(current, file)
      expect(posted.config).toMatchObject(inForce)
      expect(posted.warnings.join('; ')).toBe(told(read))
    }
  },
)

describe('a posted configuration', () => {
  const current = readConfig({
    ...BASE,
    backends: [NAS, { name: 'gpu', url: 'gpu:3003' }],
    taskRouting: { clip: 'gpu' },
  })

  test('that still names a backend which cannot be used is taken, and told', () => {
    const { config, warnings } = judgePosted(current, current.config)
    expect(config).toEqual(current.config)
    expect(warnings).toEqual([expect.stringContaining('taskRouting.clip "gpu" stands in config.json')])
    expect(judgePosted(current, { ...BASE, taskRouting: { clip: 'gpu' } }).warnings).toEqual([])
  })

  test.each([
    ['backends', { ...BASE, backends: null }],
    ['defaultBackend', { ...BASE, defaultBackend: '' }],
    ['defaultBackend', { ...BASE, defaultBackend: 'old' }],
    ['taskRouting.clip', { ...BASE, taskRouting: { clip: null } }],
    ['taskRouting.clip', { ...BASE, taskRouting: { clip: 5 } }],
    [
      'taskRouting.facial-recognition',
      { ...BASE, taskRouting: { facial_recognition: 'gpu', 'facial-recognition': 'nas' } },
    ],
    ['backends[1].url', { ...BASE, backends: [NAS, { name: 'gpu', url: 'gpu:3003' }] }],
    ['security.allowedClients[0]', { ...BASE, security: { allowedClients: ['x'] } }],
  ])('is refused for its %s', (field, posted) => {
    expect(() => judgePosted(readConfig(BASE), posted)).toThrow(`Not saved: ${field} `)
  })

  test('may not add up unknown fields over several posts', () => {
    const note = 'x'.repeat(40_000)
    const first = judgePosted(readConfig({}), { ...BASE, first: note })
    const kept: ConfigReading = { ...readConfig({}), config: first.config }
    expect(() => judgePosted(kept, { ...BASE, second: note })).toThrow('fields that are not known')
  })
})
