import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { parseRange } from '../../../src-shared/config/ranges.ts'
import { portProblem } from '../../../src-shared/config/ports.ts'
import {
  configSchema,
  judge,
  pathText,
  problemsText,
  savedConfigSchema,
} from '../../../src-shared/config/schema.ts'
import { VALID_CONFIG } from '../../support/configurations.ts'

function problems(value: unknown, schema = savedConfigSchema): string {
  const judged = judge(schema, value)
  return judged.ok ? '' : problemsText(judged.problems)
}

const VALID = {
  defaultBackend: 'gpu',
  backends: [
    { name: 'gpu', url: 'http://192.168.1.20:3003' },
    { name: 'nas', url: 'http://nas:3003' },
  ],
  taskRouting: { clip: 'nas', 'facial-recognition': ['gpu', 'nas'] },
  modelTypeRouting: { textual: 'nas' },
  taskRoutingPolicy: { clip: 'fallback' },
  modelTypeRoutingPolicy: { textual: 'strict' },
}

describe('the schema', () => {
  test('takes the example of the settings and the files of the original', () => {
    expect(problems(VALID_CONFIG)).toBe('')
    const original = { ...VALID_CONFIG, taskRouting: { search: '' }, taskRoutingPolicy: { search: '' } }
    expect(problems(original)).toBe('')
    expect(problems({ defaultBackend: '', backends: [] }, configSchema)).toBe('')
    expect(problems({}, configSchema)).toBe('')
  })

  test('takes a pool with its share, and slots that are learned, and leaves them as they are written', () => {
    const [gpu, nas] = VALID_CONFIG.backends
    const config = {
      ...VALID_CONFIG,
      defaultBackend: { backends: ['gpu', 'nas'], share: 'by-speed', note: 'mine' },
      backends: [{ ...gpu, maxConcurrent: 'auto' }, nas],
      taskRouting: { ocr: { backends: ['gpu', 'nas'], share: 'in-order' }, clip: { backends: ['gpu'] } },
    }
    const judged = judge(savedConfigSchema, config)
    expect(judged).toEqual({ ok: true, value: config })
  })

  test('keeps fields it does not know', () => {
    const judged = judge(savedConfigSchema, {
      ...VALID_CONFIG,
      note: 'mine',
      backends: [{ ...VALID_CONFIG.backends[0], colour: 'red' }, VALID_CONFIG.backends[1]],
    })
    expect(judged).toMatchObject({ ok: true, value: { note: 'mine', backends: [{ colour: 'red' }, {}] } })
  })

  test.each([
    [{ ...VALID_CONFIG, backends: [] }, 'backends is empty'],
    [{ ...VALID_CONFIG, defaultBackend: '' }, 'defaultBackend is not set'],
    [{ ...VALID_CONFIG, defaultBackend: [] }, 'defaultBackend is not set'],
    [
      { ...VALID_CONFIG, defaultBackend: 'tpu' },
      'defaultBackend "tpu" is not a backend; choose one of "gpu", "nas"',
    ],
    [{ ...VALID_CONFIG, defaultBackend: ['gpu', 'x'] }, 'defaultBackend "x" is not a backend'],
    [{ ...VALID_CONFIG, taskRouting: { ocr: 'x' } }, 'taskRouting.ocr "x" is not a backend'],
    [
      { ...VALID_CONFIG, taskRouting: JSON.parse('{"__proto__":"gpu"}') as unknown },
      'taskRouting must not hold "__proto__"',
    ],
    [
      { ...VALID_CONFIG, modelTypeRoutingPolicy: JSON.parse('{"__proto__":"strict"}') as unknown },
      'modelTypeRoutingPolicy must not hold "__proto__"',
    ],
    [
      { ...VALID_CONFIG, modelTypeRouting: { textual: ['gpu', 'x'] } },
      'modelTypeRouting.textual "x" is not a backend',
    ],
    [{ ...VALID_CONFIG, taskRouting: { a_b: 'gpu', 'a-b': 'nas' } }, 'taskRouting.a-b is the same as "a_b"'],
    [
      { ...VALID_CONFIG, taskRoutingPolicy: { clip: 'maybe' } },
      'taskRoutingPolicy.clip must be "strict", "fallback" or "wait"',
    ],
    [
      { ...VALID_CONFIG, defaultBackend: { backends: ['gpu'], share: 'fastest' } },
      'defaultBackend.share must be "round-robin" or "in-order" or "by-speed"',
    ],
    [
      { ...VALID_CONFIG, taskRouting: { ocr: { backends: ['gpu', 'nas'], share: null } } },
      'taskRouting.ocr.share must be',
    ],
    [
      { ...VALID_CONFIG, modelTypeRouting: { textual: { share: 'in-order' } } },
      'modelTypeRouting.textual must be the name of a backend, a list of names, or an object',
    ],
    [
      { ...VALID_CONFIG, taskRouting: { ocr: { backends: ['x'], share: 'in-order' } } },
      'taskRouting.ocr "x" is not a backend',
    ],
    [{ ...VALID_CONFIG, defaultBackend: { backends: [], share: 'in-order' } }, 'defaultBackend is not set'],
    [
      { ...VALID_CONFIG, defaultBackend: 5 },
      'defaultBackend must be the name of a backend, a list of names, or',
    ],
    [
      { ...VALID_CONFIG, taskRouting: { ocr: [5] } },
      'taskRouting.ocr must be the name of a backend, a list of',
    ],
    [{ ...VALID_CONFIG, backends: 'gpu' }, 'backends must be a list'],
    [{ ...VALID_CONFIG, backends: [5] }, 'backends[0] must be an object'],
    [{ ...VALID_CONFIG, backends: [{ name: ' ', url: 'http://a' }] }, 'backends[0].name is empty'],
    [{ ...VALID_CONFIG, backends: [{ url: 'http://a' }] }, 'backends[0].name must be a text'],
    [[], 'the configuration must be an object'],
    ['text', 'the configuration must be an object'],
  ])('refuses %j', (value, message) => {
    expect(problems(value)).toContain(message)
  })

  test.each([
    ['', 'is empty'],
    ['nas:3003', 'is not an http or https URL'],
    ['nas', 'is not a URL'],
    ['ftp://nas', 'is not an http or https URL'],
    ['http://', 'is not a URL'],
    ['http://me:secret@nas', 'must not hold a user name or password'],
    ['http://nas/?a=b', 'must not hold a query'],
  ])('refuses the URL %j', (url, message) => {
    const text = problems({ defaultBackend: 'a', backends: [{ name: 'a', url }] })
    expect(text).toContain(`backends[0].url`)
    expect(text).toContain(message)
    expect(text).not.toContain('secret')
  })

  test('refuses the ports that Immich’s fetch refuses, when they are saved', () => {
    const { badPorts } = createRequire(import.meta.url)('undici/lib/web/fetch/constants.js') as {
      badPorts: string[]
    }
    expect(badPorts).toContain('6000')
    for (const port of badPorts.map(Number)) {
      const config = { ...VALID, server: { port } }
      expect(problems(config)).toBe(
        `server.port ${port} is refused by Immich and by browsers, since it belongs to another protocol; take for example 3004`,
      )
      // A file that holds one already still starts the service.
      expect(problems(config, configSchema)).toBe('')
    }
    const others = Array.from({ length: 65_535 }, (_, index) => index + 1).filter(
      (port) => !badPorts.includes(String(port)),
    )
    expect(others.filter((port) => portProblem(port) !== undefined)).toEqual([])
    expect(problems({ ...VALID, server: { port: 3004 } })).toBe('')
    // The proxy's own client reaches a backend on any port.
    expect(problems({ ...VALID, backends: [...VALID.backends, { name: 'odd', url: 'http://a:6000' }] })).toBe(
      '',
    )
  })

  test('two backends of one name are told apart by their place', () => {
    const backends = [
      { name: 'a', url: 'http://a' },
      { name: ' a ', url: 'http://b' },
    ]
    expect(problems({ defaultBackend: 'a', backends })).toBe(
      'backends[1].name "a" is used twice; give each backend its own name',
    )
  })

  test.each([
    [{ timeoutMs: 999 }, 'timeoutMs must be a whole number from 1000 to 285000'],
    [{ timeoutMs: 285_001 }, 'timeoutMs must be'],
    [{ timeoutMs: 1500.5 }, 'timeoutMs must be'],
    [{ maxConcurrent: 0 }, 'maxConcurrent must be a whole number from 1 to 1000, or "auto"'],
    [{ maxConcurrent: 'many' }, 'maxConcurrent must be a whole number from 1 to 1000, or "auto"'],
    [{ queueTimeoutMs: -1 }, 'queueTimeoutMs must be'],
    [{ headers: { 'a b': 'x' } }, 'is not a valid header name'],
    [{ headers: { 'X-A': 'line\r\nbreak' } }, 'has a line break'],
    [{ headers: { Host: 'x' } }, 'is set by the proxy itself'],
    [{ headers: { 'X-Immich-ML-Proxy-Hops': 'x' } }, 'is set by the proxy itself'],
    [{ tls: { rejectUnauthorized: 'no' } }, 'rejectUnauthorized must be true or false'],
  ])('refuses a backend with %j', (fields, message) => {
    expect(
      problems({ defaultBackend: 'a', backends: [{ name: 'a', url: 'http://a', ...fields }] }),
    ).toContain(message)
  })

  test.each([
    '192.168.1.20',
    ' 192.168.1.0/24 ',
    '192.168.1.0/33',
    '192.168.1.0/024',
    '192.168.1',
    '010.0.0.1',
    'fd00::/8',
    'FD00::5',
    'fe80::1%eth0',
    '::/0',
    '::10.0.0.1',
    '::10.0.0.1/104',
    '::ffff:192.168.0.0/112',
    '::ffff:192.168.0.0/90',
    '::ffff:192.168.1.5',
    '64:ff9b::10.0.0.1',
    '1.2.3.4/8/8',
    'nas',
    '',
  ])('takes %j as a client exactly when the guard does', (entry) => {
    const text = problems({ ...VALID_CONFIG, security: { allowedClients: [entry] } })
    expect(text === '').toBe(parseRange(entry) !== undefined)
    if (text !== '') expect(text).toContain('security.allowedClients[0] must be like 192.168.1.20')
  })

  test('a path as text', () => {
    expect(pathText(['backends', 1, 'url'])).toBe('backends[1].url')
  })
})
