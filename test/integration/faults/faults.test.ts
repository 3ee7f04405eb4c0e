import { once } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  CONNECT_TIMEOUT_MS,
  HEALTH_TIMEOUT_MS,
  RECHECK_AFTER_FAILURE_MS,
} from '../../../src-main/backends/limits.ts'
import { DeafBackend } from '../../support/deaf-backend.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import {
  abandonedSearch,
  checkAll,
  errorOf,
  gpu,
  nas,
  pool,
  proxy,
  search,
  start,
  state,
  usePair,
} from '../../support/pair.ts'
import { IDLE_CLOSE_AFTER_MS } from '../../../src-main/backends/limits.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend, type Fault } from '../../support/simulated-backend.ts'
import { turnsUntil } from '../../support/turns.ts'

const photo = readPhoto()
usePair({})
afterEach(() => void vi.useRealTimers())

/** Attempts end after a second, so that a hanging backend is left soon. */
const IMPATIENT = { timeoutMs: 1_000 }

describe('a failed attempt is repeated on the next candidate', () => {
  const faults: [string, Fault, string, Record<string, unknown>?][] = [
    ['resets', { kind: 'reset' }, 'connection reset'],
    ['dies after the headers', { kind: 'headers-only' }, 'closed in the middle of the answer'],
    ['dies after half of the body', { kind: 'half' }, 'closed in the middle of the answer'],
    ['sends less than announced', { kind: 'wrong-length', announced: 500 }, 'closed in the middle'],
    ['sends more than announced', { kind: 'wrong-length', announced: 5 }, 'without a JSON object'],
    ['answers 200 with HTML', { kind: 'lie', body: '<html>login</html>' }, 'without a JSON object'],
    [
      'answers 200 with a list',
      { kind: 'lie', body: '[1]', contentType: 'application/json' },
      'without a JSON object',
    ],
    ['answers 200 with nothing', { kind: 'lie', body: '' }, 'without a JSON object'],
    ['answers 200 with nothing in it', { kind: 'lie', body: '{}' }, 'answered 200 without clip'],
    ['answers 200 with an error', { kind: 'lie', body: '{"detail":"oops"}' }, 'answered 200 without clip'],
    ['answers 200 with null', { kind: 'lie', body: '{"clip":null}' }, 'answered 200 without clip'],
    ['answers 502', { kind: 'status', status: 502 }, 'answered 502'],
    ['answers 503', { kind: 'status', status: 503 }, 'answered 503'],
    ['answers 429', { kind: 'status', status: 429 }, 'answered 429'],
    ['answers 500', { kind: 'status', status: 500 }, 'answered 500'],
    [
      'redirects in a loop',
      { kind: 'status', status: 302, headers: { location: '/predict' } },
      'answered 302, a redirect',
    ],
    ['accepts and never answers', { kind: 'hang' }, 'timed out after 1 s', IMPATIENT],
    ['sends a byte a second', { kind: 'drip' }, 'timed out after 1 s', IMPATIENT],
    ['answers 2 GB', { kind: 'endless' }, 'answer larger than 64 MB'],
  ]
  test.each(faults)('when a backend %s', async (_what, fault, reason, fields) => {
    await pool({}, fields)
    gpu.predictFault = fault
    const answers = await Promise.all([search('one'), search('two')])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(nas.seen).toHaveLength(2)
    expect(state('gpu').failures).toBeGreaterThan(0)
    expect(state('gpu').lastError?.text).toContain(reason)
  })

  test('when it answers neither predictions nor pings', async () => {
    await pool({}, IMPATIENT)
    gpu.predictFault = { kind: 'hang' }
    gpu.pingFault = { kind: 'hang' }
    const answers = await Promise.all([search('one'), search('two')])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(nas.seen).toHaveLength(2)
    expect(state('gpu').status).toBe('unhealthy')
  })

  test('when it is gone: connection refused', async () => {
    await pool()
    await gpu.kill()
    expect((await search()).status).toBe(200)
    expect((await search()).status).toBe(200)
    expect(state('gpu')).toMatchObject({ status: 'unhealthy', error: 'connection refused' })
  })

  test('when its name cannot be resolved', async () => {
    const backends = [
      { name: 'gpu', url: 'http://gpu.invalid:3003' },
      { name: 'nas', url: nas.url },
    ]
    await proxy.configure({ defaultBackend: ['gpu', 'nas'], backends })
    expect((await search()).status).toBe(200)
    expect(state('gpu').error).toContain('host name not found')
  })

  test('a picture arrives whole at the next candidate', async () => {
    await pool()
    gpu.predictFault = { kind: 'status', status: 503 }
    expect((await predict(proxy.url, JOBS.faces, photo)).status).toBe(200)
    expect((await predict(proxy.url, JOBS.faces, photo)).status).toBe(200)
    for (const seen of nas.seen) expect(seen.image?.equals(photo)).toBe(true)
  })
})

describe('500: the image or the backend', () => {
  test('500 from two backends is the image: handed on, a third is not asked, nobody is blamed', async () => {
    const third = await startBackend({ name: 'third' })
    const backends = [gpu, nas, third]
    await proxy.configure({ ...configOf(backends), defaultBackend: ['gpu', 'nas', 'third'] })
    const changes: string[] = []
    proxy.service.monitor.on('change', (name) => changes.push(name))
    const answer = await predict(proxy.url, JOBS.faces, Buffer.from('not a picture'))
    expect([answer.status, await answer.text()]).toEqual([500, 'Internal Server Error'])
    expect(answer.statusText).toMatch(/^(\w+): answered 500; (?!\1)\w+: answered 500$/)
    expect(backends.map((backend) => backend.seen.length).sort()).toEqual([0, 1, 1])
    expect(changes).toEqual([])
    await third.stop()
  })

  test('a bad image on the only backend leaves it healthy again after its next check, which comes soon', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    await proxy.configure(configOf([gpu]))
    expect((await predict(proxy.url, JOBS.faces, Buffer.from('not a picture'))).status).toBe(500)
    expect(state('gpu').status).toBe('unhealthy')
    vi.advanceTimersByTime(RECHECK_AFTER_FAILURE_MS)
    await turnsUntil(() => state('gpu').status === 'healthy')
  })

  test('a bad image during a check that finds out nothing has the next check come soon as well', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    await proxy.configure(configOf([gpu]))
    gpu.pingFault = [{ kind: 'hang' }]
    const ping = once(gpu, 'ping')
    const round = checkAll()
    await ping
    expect((await predict(proxy.url, JOBS.faces, Buffer.from('not a picture'))).status).toBe(500)
    vi.advanceTimersByTime(HEALTH_TIMEOUT_MS)
    await round
    expect(state('gpu').status).toBe('unhealthy')
    // The next check would come after five seconds else.
    vi.advanceTimersByTime(RECHECK_AFTER_FAILURE_MS)
    await turnsUntil(() => state('gpu').status === 'healthy')
  })

  test('when the second backend can do it, the first is to blame', async () => {
    await pool()
    gpu.predictFault = { kind: 'status', status: 500 }
    const answers = [await search(), await search()]
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(state('gpu')).toMatchObject({ failures: 1, requests: 1 })
  })
})

describe('when all candidates have failed', () => {
  test('the last answer a backend gave is handed on; the reason phrase names every attempt', async () => {
    await pool()
    await nas.kill()
    gpu.predictFault = { kind: 'status', status: 503, body: 'overloaded' }
    const answer = await search()
    expect([answer.status, await answer.text()]).toEqual([503, 'overloaded'])
    expect(answer.statusText.split('; ').sort()).toEqual(['gpu: answered 503', 'nas: connection refused'])
  })

  test('of several answers it is the last one', async () => {
    await pool()
    for (const backend of [gpu, nas]) {
      backend.predictFault = { kind: 'status', status: 503, body: `by ${backend.name}` }
    }
    const answer = await search()
    const last = answer.statusText.split('; ')[1]?.split(':')[0] ?? ''
    expect([answer.status, await answer.text()]).toEqual([503, `by ${last}`])
  })

  test('502 names each attempt and its reason, in the body and in the reason phrase', async () => {
    await pool()
    await nas.kill()
    gpu.predictFault = { kind: 'lie', body: '' }
    const answer = await search()
    expect(answer.status).toBe(502)
    expect(answer.statusText.split('; ').sort()).toEqual([
      'gpu: answered 200 without a JSON object',
      'nas: connection refused',
    ])
    expect(await errorOf(answer)).toContain('nas: connection refused')
  })

  test('504 when all timed out', async () => {
    await pool({}, IMPATIENT)
    gpu.predictFault = { kind: 'hang' }
    nas.predictFault = { kind: 'hang' }
    const answer = await search()
    expect(answer.status).toBe(504)
    expect(answer.statusText).toContain('gpu: timed out after 1 s')
    expect(answer.statusText).toContain('nas: timed out after 1 s')
  })
})

describe('time limits', () => {
  test('an attempt gets half of what remains while another candidate is left, the last one all of it', async () => {
    await start({ limits: { requestTimeoutMs: 2_000 } })
    await pool()
    for (const backend of [gpu, nas]) backend.predictFault = { kind: 'hang' }
    const answer = await search()
    expect(answer.status).toBe(504)
    expect(answer.statusText).toMatch(/^\w+: timed out after (1|0\.\d) s; \w+: timed out after (1|0\.\d) s$/)
  })

  // Other systems accept for a stopped process.
  test.skipIf(process.platform !== 'linux')(
    'a backend that takes no connection is given up after 2 s',
    async () => {
      const deaf = await DeafBackend.start()
      deaf.deafen()
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
      const backends = [{ name: 'gpu', url: `http://127.0.0.1:${deaf.port}` }]
      const saved = await proxy.post('/api/config', { defaultBackend: 'gpu', backends })
      expect(saved.status).toBe(200)
      let isAnswered = false
      const answer = search().finally(() => {
        isAnswered = true
      })
      await turnsUntil(() => state('gpu').inFlight === 1)
      vi.advanceTimersByTime(CONNECT_TIMEOUT_MS - 1)
      await proxy.get('/api/status')
      expect(isAnswered).toBe(false)
      vi.advanceTimersByTime(1)
      const { status, statusText } = await answer
      expect([status, statusText]).toEqual([502, 'gpu: no connection within 2 s'])
      await deaf.stop()
    },
  )

  test.skipIf(process.platform !== 'linux')(
    'a power cut with a prediction in flight: pings that get no connection are no sign of work',
    async () => {
      const deaf = await DeafBackend.start()
      const backends = [
        { name: 'gpu', url: `http://127.0.0.1:${deaf.port}` },
        { name: 'nas', url: nas.url },
      ]
      await proxy.configure({ defaultBackend: ['gpu', 'nas'], backends, taskRouting: { clip: 'gpu' } })
      const lost = abandonedSearch()
      await deaf.program.until(/POST \/predict/)
      deaf.deafen()
      await checkAll()
      await checkAll()
      expect(state('gpu')).toMatchObject({
        status: 'unhealthy',
        error: 'no connection within 1.5 s',
        inFlight: 1,
      })
      lost.hangUp()
      await lost.ended
      await deaf.stop()
    },
  )
})

describe('idle connections', () => {
  test('one that was closed meanwhile is replaced in silence', async () => {
    await proxy.configure(configOf([gpu]))
    vi.useFakeTimers({ toFake: ['performance'] })
    await search()
    // The backend closes what is idle at the very moment of the next request.
    vi.advanceTimersByTime(IDLE_CLOSE_AFTER_MS)
    gpu.predictFault = [{ kind: 'close' }]
    expect((await search()).status).toBe(200)
    expect(state('gpu')).toMatchObject({ status: 'healthy', failures: 0, requests: 2 })
  })

  test('are dropped after a second, before the real backend closes them at two', async () => {
    await proxy.configure(configOf([gpu]))
    await search()
    const opened = gpu.accepted
    for (let index = 0; index < 5; index++) await search()
    // One more at the most: a health check may fall into it.
    expect(gpu.accepted).toBeLessThanOrEqual(opened + 1)
    await expect.poll(() => gpu.connections).toBe(0)
    expect(gpu.idleTimeouts, 'connections that the backend closed itself').toBe(0)
  })
})

describe('policies', () => {
  const routed = (policy?: string) =>
    proxy.configure(
      configOf([gpu, nas], {
        taskRouting: { clip: 'nas' },
        ...(policy === undefined ? {} : { taskRoutingPolicy: { clip: policy } }),
      }),
    )

  test('strict, the default, tries the pool and nothing else', async () => {
    await routed()
    await nas.kill()
    const answer = await search()
    expect([answer.status, gpu.seen.length]).toEqual([502, 0])
    expect((await proxy.get('/ping')).status).toBe(503)
  })

  test('fallback goes on to the next tier, also when the pool is known to be down', async () => {
    await routed('fallback')
    await nas.kill()
    expect((await search()).status).toBe(200)
    await proxy.get('/ping')
    expect((await search()).status).toBe(200)
    expect(gpu.seen).toHaveLength(2)
    expect((await proxy.get('/ping')).status).toBe(200)
  })

  test('fallback from the type’s route over the task’s to the default', async () => {
    const third = await startBackend({ name: 'third' })
    await proxy.configure(
      configOf([gpu, nas, third], {
        modelTypeRouting: { textual: 'third' },
        modelTypeRoutingPolicy: { textual: 'fallback' },
        taskRouting: { clip: 'nas' },
        taskRoutingPolicy: { clip: 'fallback' },
      }),
    )
    await search()
    await third.kill()
    await search()
    await nas.kill()
    await search()
    expect([third.seen.length, nas.seen.length, gpu.seen.length]).toEqual([1, 1, 1])
  })
})

test('a client that hangs up aborts its attempts at once; nothing is retried, nobody is blamed', async () => {
  await pool()
  for (const backend of [gpu, nas]) backend.predictFault = { kind: 'hang' }
  const hanging = abandonedSearch()
  await expect.poll(() => gpu.active + nas.active).toBe(1)
  hanging.hangUp()
  expect(await hanging.ended).toBeInstanceOf(Error)
  await expect.poll(() => gpu.active + nas.active).toBe(0)
  expect(gpu.seen.length + nas.seen.length).toBe(1)
  expect([state('gpu').status, state('nas').status]).toEqual(['healthy', 'healthy'])
  expect([state('gpu').failures, state('nas').failures]).toEqual([0, 0])
})

test('one that hangs up ends the attempts on all backends its request went to', async () => {
  await proxy.configure(configOf([gpu, nas], { taskRouting: { 'facial-recognition': 'gpu', ocr: 'nas' } }))
  for (const backend of [gpu, nas]) backend.predictFault = { kind: 'hang' }
  const abort = new AbortController()
  const hanging = predict(proxy.url, { ...JOBS.faces, ...JOBS.ocr }, readPhoto(), { signal: abort.signal })
  await expect.poll(() => [gpu.active, nas.active]).toEqual([1, 1])
  abort.abort()
  await expect(hanging).rejects.toThrow()
  await expect.poll(() => [gpu.active, nas.active]).toEqual([0, 0])
  expect([state('gpu').failures, state('nas').failures]).toEqual([0, 0])
})
