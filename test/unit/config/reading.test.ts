import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MASK } from '../../../src-shared/config/backend-schema.ts'
import { problemsText } from '../../../src-shared/config/problems.ts'
import { readConfig, type ConfigReading } from '../../../src-shared/config/reading.ts'
import { poolNames } from '../../../src-shared/config/pool-schema.ts'
import { fieldsSchema, type Config } from '../../../src-shared/config/schema.ts'
import { NOBODY } from '../../../src-shared/config/security-schema.ts'
import { tiersFor } from '../../../src-shared/routing/tiers.ts'
import { ORIGINAL_FILES } from '../../support/original-files.ts'

const NAS = { name: 'nas', url: 'http://nas:3003' }
const GPU = { name: 'gpu', url: 'http://gpu:3003' }
const BASE = { defaultBackend: 'nas', backends: [NAS, GPU] }

const told = ({ problems }: ConfigReading): string => problemsText(problems)
const names = (config: Config): string[] => config.backends.map(({ name }) => name)

describe('the files that the original and its fork write', () => {
  test.each(ORIGINAL_FILES)('%s', (_what, file, inForce, warning = /^$/) => {
    const reading = readConfig(JSON.parse(JSON.stringify(file)) as unknown)
    expect(reading.config).toMatchObject({ ...inForce })
    expect(told(reading)).toMatch(warning)
  })
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

  test('of a pool with a share leaves the rest of it', () => {
    const reading = readConfig({
      ...BASE,
      defaultBackend: { backends: ['nas ', 'gone', 'gpu'], share: 'in-order' },
      taskRouting: {
        clip: { backends: ['gpu', 'nas'], share: 'fastest' },
        ocr: { backends: ['gone'], share: 'by-speed' },
        search: { backends: ['gpu', 5], share: 'by-speed' },
      },
    })
    expect(reading.config.defaultBackend).toEqual({ backends: ['nas', 'gpu'], share: 'in-order' })
    expect(reading.config.taskRouting).toEqual({
      clip: { backends: ['gpu', 'nas'] },
      search: { backends: ['gpu'], share: 'by-speed' },
    })
    expect(told(reading)).toContain('defaultBackend "gone" is not a backend and is left out')
    expect(told(reading)).toContain(
      'taskRouting.clip.share must be "round-robin" or "in-order" or "by-speed"',
    )
    expect(told(reading)).toContain('taskRouting.search.backends[1] must be a text')
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
})
