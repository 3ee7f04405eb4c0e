import { describe, expect, test } from 'vitest'
import { judgePosted } from '../../../src-main/settings/judge-posted.ts'
import { serialize } from '../../../src-main/settings/writer.ts'
import { withinCaps } from '../../../src-shared/config/caps.ts'
import { Problems, problemsText } from '../../../src-shared/config/problems.ts'
import { readConfig } from '../../../src-shared/config/reading.ts'
import { fieldsSchema, judge } from '../../../src-shared/config/schema.ts'
import { MAX_TOLD_PROBLEMS } from '../../../src-shared/limits.ts'
import { tiersFor } from '../../../src-shared/routing/tiers.ts'

const NAS = { name: 'nas', url: 'http://nas:3003' }
const GPU = { name: 'gpu', url: 'http://gpu:3003' }
const BASE = { defaultBackend: 'nas', backends: [NAS, GPU] }

describe('limits', () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index))
  const over: [string, object, string][] = [
    [
      'backends',
      { ...BASE, backends: many(101, (index) => ({ ...GPU, name: `b${index}` })) },
      'backends are more than 100',
    ],
    ['40,000 backends', { ...BASE, backends: many(40_000, () => ({})) }, 'backends are more than 100'],
    [
      'routes',
      {
        ...BASE,
        taskRouting: Object.fromEntries(many(150, (index) => [`t${index}`, 'gpu'])),
        modelTypeRouting: Object.fromEntries(many(51, (index) => [`t${index}`, 'gpu'])),
      },
      'modelTypeRouting makes more than 200 routes in all',
    ],
    [
      'policies',
      { ...BASE, taskRoutingPolicy: Object.fromEntries(many(201, (index) => [`t${index}`, 'strict'])) },
      'taskRoutingPolicy has more than 200 entries',
    ],
    [
      'names of a pool',
      { ...BASE, defaultBackend: many(1_001, () => 'gpu') },
      'defaultBackend has more than 1000 entries',
    ],
    ['depth', { ...BASE, note: nested(8) }, 'lies more than 8 deep'],
    ['depth of 48 KB', { ...BASE, note: nested(24_000) }, 'lies more than 8 deep'],
    [
      'depth in the security settings',
      { ...BASE, security: { note: nested(24_000) } },
      'lies more than 8 deep',
    ],
    [
      'depth in a list of clients',
      { ...BASE, security: { allowedClients: nested(24_000) } },
      'lies more than 8 deep',
    ],
    [
      'unknown fields',
      { ...BASE, note: 'x'.repeat(65_000), more: 'ü'.repeat(500) },
      'has more than 64 KB of fields that are not known',
    ],
    [
      'unknown fields of a backend',
      { ...BASE, backends: [NAS, { ...GPU, note: 'x'.repeat(66_000) }] },
      'has more than 64 KB of fields',
    ],
    [
      '200 routes to 100 backends that are not there',
      {
        ...BASE,
        defaultBackend: 'gone',
        taskRouting: Object.fromEntries(
          many(200, (index) => [`t${index}`, many(100, (other) => 'x'.repeat(90) + String(other))]),
        ),
      },
      'defaultBackend "gone" is not a backend',
    ],
    ['a name of 400 KB', { ...BASE, defaultBackend: 'x'.repeat(400_000) }, 'is not a backend'],
    [
      'a key of 400 KB',
      { ...BASE, taskRouting: { ['x'.repeat(400_000)]: 5 } },
      'must be the name of a backend',
    ],
    [
      '50,000 bad headers',
      {
        ...BASE,
        backends: [{ ...NAS, headers: Object.fromEntries(many(50_000, (index) => [` ${index}`, ''])) }],
      },
      'headers has more than 1000 entries',
    ],
  ]
  test.each(over)('posted: %s', (_what, posted, message) => {
    let error: { message: string; details: { problems: unknown[] } } | undefined
    try {
      judgePosted(readConfig({}), posted)
    } catch (thrown) {
      error = thrown as typeof error
    }
    expect(error?.message).toContain(message)
    expect(error?.details.problems.length).toBeLessThanOrEqual(MAX_TOLD_PROBLEMS)
    expect(JSON.stringify(error?.details).length).toBeLessThan(32_768)
  })

  test.each(over)('of a file: %s', (_what, file) => {
    const reading = readConfig(file)
    expect(reading.problems.length).toBeGreaterThan(0)
    expect(reading.problems.length).toBeLessThanOrEqual(MAX_TOLD_PROBLEMS)
    expect(serialize(reading.config).length).toBeLessThan(1_000_000)
    const problems = new Problems()
    withinCaps(reading.config, problems)
    expect(problems.list).toEqual([])
  })

  test('what is within them passes', () => {
    const large = {
      ...BASE,
      backends: many(100, (index) => ({ ...GPU, name: index === 0 ? 'nas' : `b${index}` })),
      taskRouting: Object.fromEntries(many(200, (index) => [`t${index}`, 'nas'])),
      note: [nested(6), 'x'.repeat(60_000)],
    }
    expect(judgePosted(readConfig({}), large).config).toMatchObject(large)
    expect(readConfig(large).problems).toEqual([])
  })

  test('a route to a backend beyond them is not handed to another one', () => {
    const backends = many(101, (index) => ({ ...GPU, name: `b${index}` }))
    const { config } = readConfig({ defaultBackend: 'b0', backends, taskRouting: { clip: 'b100' } })
    expect(tiersFor(config, 'clip', '').map(({ pool }) => pool)).toEqual([['b100']])
  })

  test('20 problems are told, and how many more there are', () => {
    const backends = many(30, () => ({ name: 'x', url: 5 }))
    const judged = judge(fieldsSchema, { backends })
    if (judged.ok) throw new Error('it was taken')
    expect(judged.problems).toHaveLength(MAX_TOLD_PROBLEMS)
    expect(problemsText(judged.problems)).toContain('the configuration has 11 more problems')
  })
})
