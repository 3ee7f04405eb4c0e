import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgePosted } from '../../../src-main/settings/judge-posted.ts'
import { rescue } from '../../../src-main/settings/rescue.ts'
import { serialize } from '../../../src-main/settings/writer.ts'
import { MASK } from '../../../src-shared/config/backend-schema.ts'
import { withinCaps } from '../../../src-shared/config/caps.ts'
import { Problems, problemsText } from '../../../src-shared/config/problems.ts'
import { readConfig, type ConfigReading } from '../../../src-shared/config/reading.ts'
import {
  EMPTY_CONFIG,
  fieldsSchema,
  judge,
  poolNames,
  type Config,
} from '../../../src-shared/config/schema.ts'
import { NOBODY } from '../../../src-shared/config/security-schema.ts'
import { MAX_TOLD_PROBLEMS } from '../../../src-shared/limits.ts'
import { tiersFor } from '../../../src-shared/routing/tiers.ts'

const NAS = { name: 'nas', url: 'http://nas:3003' }
const GPU = { name: 'gpu', url: 'http://gpu:3003' }
const BASE = { defaultBackend: 'nas', backends: [NAS, GPU] }

const told = ({ problems }: ConfigReading): string => problemsText(problems)
const names = (config: Config): string[] => config.backends.map(({ name }) => name)

describe('the files that the original and its fork write', () => {
  /** What they write, what is in force of it, and what is told. */
  const variants: [string, object, Partial<Config>, RegExp?][] = [
    ['of its first version', { ...BASE, taskRouting: { clip: 'gpu' } }, { taskRouting: { clip: 'gpu' } }],
    ['without a route', { ...BASE, taskRouting: null }, { taskRouting: {} }],
    ['without a type', { ...BASE, taskRouting: {}, modelTypeRouting: null }, { modelTypeRouting: {} }],
    [
      'all maps null',
      {
        ...BASE,
        taskRouting: null,
        modelTypeRouting: null,
        taskRoutingPolicy: null,
        modelTypeRoutingPolicy: null,
      },
      { taskRouting: {}, taskRoutingPolicy: {} },
    ],
    ['without backends', { defaultBackend: '', backends: null, taskRouting: {} }, { backends: [] }],
    [
      'the old spelling',
      { ...BASE, taskRouting: { facial_recognition: 'gpu' } },
      { taskRouting: { facial_recognition: 'gpu' } },
    ],
    [
      'both spellings that agree',
      { ...BASE, taskRouting: { facial_recognition: 'gpu', 'facial-recognition': 'gpu' } },
      { taskRouting: { 'facial-recognition': 'gpu' } },
      /^taskRouting\.facial_recognition is the same as "facial-recognition", which is used$/,
    ],
    [
      'both spellings that disagree: the one that Immich sends',
      { ...BASE, taskRouting: { facial_recognition: 'nas', 'facial-recognition': 'gpu' } },
      { taskRouting: { 'facial-recognition': 'gpu' } },
      /^taskRouting\.facial_recognition is the same as "facial-recognition"/,
    ],
    [
      'a task to a backend that is gone',
      { ...BASE, taskRouting: { clip: 'old', ocr: 'gpu' } },
      { taskRouting: { ocr: 'gpu' } },
      /^taskRouting\.clip "old" is not a backend and is left out; the default backend is used$/,
    ],
    [
      'a type to a backend that is gone',
      { ...BASE, modelTypeRouting: { visual: 'old', textual: 'gpu' } },
      { modelTypeRouting: { textual: 'gpu' } },
      /^modelTypeRouting\.visual "old" is not a backend and is left out; the route of the task/,
    ],
    [
      'two backends of one name: the first',
      { ...BASE, backends: [NAS, GPU, { name: 'gpu', url: 'http://other:3003' }] },
      { backends: [NAS, GPU] },
      /^backends\[2\]\.name "gpu" is used twice; the first one is used$/,
    ],
    [
      'no default',
      { ...BASE, defaultBackend: '', taskRouting: { clip: 'gpu' } },
      { defaultBackend: '', taskRouting: { clip: 'gpu' } },
      /^defaultBackend is not set; what no route names is not served$/,
    ],
    [
      'a default that is gone',
      { ...BASE, defaultBackend: 'old' },
      { defaultBackend: '' },
      /^defaultBackend "old" is not a backend and is left out; defaultBackend is not set/,
    ],
    ['an empty route', { ...BASE, taskRouting: { search: '' } }, { taskRouting: { search: '' } }],
    [
      'policies, an empty one too',
      { ...BASE, taskRouting: { clip: 'gpu' }, taskRoutingPolicy: { clip: 'fallback', ocr: '' } },
      { taskRoutingPolicy: { clip: 'fallback', ocr: 'strict' } },
    ],
    [
      'spaces around names, which the page of the original leaves',
      { defaultBackend: 'nas ', backends: [{ ...NAS, name: ' nas' }, GPU], taskRouting: { clip: ' gpu ' } },
      { defaultBackend: 'nas', taskRouting: { clip: 'gpu' } },
    ],
    [
      'a backend without a scheme',
      { ...BASE, backends: [NAS, { name: 'gpu', url: 'gpu:3003' }], taskRouting: { clip: 'gpu' } },
      { backends: [NAS], taskRouting: { clip: 'gpu' } },
      /^backends\[1\]\.url "gpu:3003" is not an http or https URL/,
    ],
    [
      'the map of the fork',
      { ...BASE, modelTypeFallback: { visual: 'nas' }, modelTypeRouting: { visual: 'gpu' } },
      { modelTypeRouting: { visual: 'gpu' } },
      /^modelTypeFallback comes from a fork and is not used; list both backends/,
    ],
    ['the map of the fork, empty', { ...BASE, modelTypeFallback: null }, {}],
    ['nothing', {}, { backends: [] }],
  ]
  test.each(variants)('%s', (_what, file, inForce, warning = /^$/) => {
    const reading = readConfig(JSON.parse(JSON.stringify(file)) as unknown)
    expect(reading.config).toMatchObject({ ...inForce })
    expect(told(reading)).toMatch(warning)
  })

  /** As the original answers: 200 for all of these, where it has a default and a backend. */
  test.each(variants.filter(([, file]) => 'backends' in file && file.backends !== null))(
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
})

describe('one bad entry', () => {
  test('leaves the others, and what names a bad backend is not handed to another', () => {
    const reading = readConfig({
      ...BASE,
      backends: [NAS, { name: 'gpu', url: 'gpu:3003', headers: { 'X-Key': 'secret' } }],
      taskRouting: { clip: 'gpu', ocr: ['gpu', 'nas'], search: 'nowhere' },
    })
    expect(names(reading.config)).toEqual(['nas'])
    expect(tiersFor(reading.config, 'clip', 'visual').map(({ pool }) => pool)).toEqual([['gpu']])
    expect(tiersFor(reading.config, 'ocr', 'detection').map(({ pool }) => pool)).toEqual([['gpu', 'nas']])
    expect(tiersFor(reading.config, 'search', '').map(({ pool }) => pool)).toEqual([['nas']])
    expect(reading.unusable).toMatchObject([{ name: 'gpu' }])
    expect(told(reading)).toContain('taskRouting.clip "gpu" stands in config.json and cannot be used')
    expect(told(reading)).not.toContain('secret')
  })

  test.each([
    [{ timeoutMs: '5s' }, 'backends[1].timeoutMs must be a whole number', true],
    [{ maxConcurrent: 0 }, 'backends[1].maxConcurrent must be', true],
    [
      { headers: { 'a b': 'x', 'X-Good': 'y' } },
      'backends[1].headers.a b "a b" is not a valid header name',
      true,
    ],
    [{ headers: { 'X-Good': 'y', 'X-Key': MASK } }, 'backends[1].headers.X-Key is hidden', true],
    [
      { tls: { rejectUnauthorized: 'no' } },
      'backends[1].tls.rejectUnauthorized must be true or false',
      false,
    ],
    [{ tls: { ca: 5 } }, 'backends[1].tls.ca must be a text', false],
    [{ url: undefined }, 'backends[1].url must be a text', false],
    [{ name: 5 }, 'backends[1].name must be a text', false],
  ])('of a backend %j: %s', (fields, message, isUsed) => {
    const reading = readConfig({ ...BASE, backends: [NAS, { ...GPU, ...fields }] })
    expect(names(reading.config)).toEqual(isUsed ? ['nas', 'gpu'] : ['nas'])
    expect(told(reading)).toContain(message)
    if ('headers' in fields) expect(reading.config.backends[1]?.headers).toEqual({ 'X-Good': 'y' })
  })

  test('of any field leaves the default of that field', () => {
    const reading = readConfig({
      ...BASE,
      taskRouting: { clip: 5, ocr: ['gpu', 5], __proto__: undefined },
      taskRoutingPolicy: { clip: 'maybe' },
      modelTypeRouting: [],
      server: { port: 'x', host: '127.0.0.1' },
      app: 5,
      note: { mine: [1] },
    })
    expect(reading.config).toMatchObject({
      taskRouting: { ocr: ['gpu'] },
      taskRoutingPolicy: {},
      modelTypeRouting: {},
      server: { host: '127.0.0.1' },
      note: { mine: [1] },
    })
    for (const field of [
      'taskRouting.clip',
      'taskRouting.ocr[1]',
      'taskRoutingPolicy.clip',
      'modelTypeRouting',
      'server.port',
      'app',
    ]) {
      expect(told(reading)).toContain(`${field} must be`)
    }
  })

  test('of the lists opens nothing', () => {
    const clients = (security: unknown): unknown => readConfig({ security }).config.security?.allowedClients
    expect(clients({ allowedClients: ['10.0.0.1', 'x'] })).toEqual(['10.0.0.1'])
    expect(clients({ allowedClients: ['x'] })).toEqual([NOBODY])
    expect(clients({ allowedClients: 'x' })).toEqual([NOBODY])
    expect(clients({ allowedClients: Array<string>(5_000).fill('x') })).toEqual([NOBODY])
    expect(clients([])).toEqual([NOBODY])
    expect(clients({ allowedClients: [] })).toBeUndefined()
    expect(clients(null)).toBeUndefined()
    expect(readConfig({ security: { passwordHash: [] } }).config.security?.passwordHash).toBeTruthy()
  })
})

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
    expect(told(readConfig(large))).toBe('')
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

describe('whatever stands in the file', () => {
  const field = fc.constantFrom(
    ...Object.keys(fieldsSchema.shape),
    'name',
    'url',
    'headers',
    'tls',
    'allowedClients',
    'passwordHash',
    'clip',
    'facial_recognition',
    'facial-recognition',
  )
  const leaf = fc.constantFrom<unknown>(
    null,
    true,
    5,
    '',
    'gpu',
    'nas',
    ' gpu',
    'http://gpu:3003',
    'strict',
    '10.0.0.1',
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(field, tie('tree'), { maxKeys: 5 }),
    ),
  }))
  const file = fc.record(
    {
      defaultBackend: fc.oneof(leaf, tree),
      backends: fc.oneof(
        tree,
        fc.array(fc.oneof(fc.constant(NAS), fc.constant(GPU), tree), { maxLength: 4 }),
      ),
      taskRouting: tree,
      modelTypeRouting: tree,
      taskRoutingPolicy: tree,
      security: tree,
      server: tree,
    },
    { requiredKeys: [] },
  )

  test('a valid configuration comes of it, in which every name is known, and which reads the same again', () => {
    fc.assert(
      fc.property(fc.oneof(file, tree), (value) => {
        const { config, unusable } = readConfig(value)
        expect(fieldsSchema.safeParse(config).success).toBe(true)
        const known = new Set([...names(config), ...unusable.map(({ name }) => name)])
        const pools = [
          config.defaultBackend,
          ...Object.values(config.taskRouting),
          ...Object.values(config.modelTypeRouting),
        ]
        for (const pool of pools) for (const name of poolNames(pool)) expect(known).toContain(name)
        const written = { ...config, backends: [...config.backends, ...unusable.map(({ entry }) => entry)] }
        expect(readConfig(JSON.parse(JSON.stringify(written))).config).toEqual(config)
      }),
      { numRuns: 500 },
    )
  })

  test('nobody is let in whom a list of clients in it kept out', () => {
    fc.assert(
      fc.property(tree, (allowedClients) => {
        const isNone =
          allowedClients === null || (Array.isArray(allowedClients) && allowedClients.length === 0)
        const read = readConfig({ security: { allowedClients } }).config.security?.allowedClients ?? []
        expect(read.length === 0).toBe(isNone)
      }),
    )
  })

  test('no text that is no JSON makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(400), (noise, at) => {
        const text = serialize({
          ...BASE,
          security: { allowedClients: ['10.0.0.1'], passwordHash: 'scrypt:x' },
        })
        const config = rescue(text.slice(0, at) + noise + text.slice(at))
        expect(fieldsSchema.safeParse(config).success).toBe(true)
      }),
    )
    expect(rescue('')).toBe(EMPTY_CONFIG)
  })
})
