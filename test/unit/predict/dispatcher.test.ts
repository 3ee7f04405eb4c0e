import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BackendUse } from '../../../src-main/backends/health-state.ts'
import { Cancellation } from '../../../src-main/platform/cancellation.ts'
import type { RequestContext } from '../../../src-main/predict/context.ts'
import { attemptTimeoutMs } from '../../../src-main/predict/dispatch-run.ts'
import type { Outcome } from '../../../src-main/predict/progress.ts'
import type { BackendConfig, Config } from '../../../src-shared/config/schema.ts'
import { gate } from '../../support/gate.ts'
import { JOBS } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import { bytesOf, immichLayout, TYPE } from '../../support/prediction-bodies.ts'
import {
  contextOf,
  dispatchOf,
  predictionParts,
  type PartsOptions,
  type PredictionParts,
} from '../../support/prediction-parts.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'

const ENTRIES = JSON.stringify(JOBS.searchImage)
const BODY = { ...bytesOf([immichLayout(readPhoto(), ENTRIES)]), contentType: TYPE }

let one: SimulatedBackend
let two: SimulatedBackend
let parts: PredictionParts

beforeEach(async () => {
  ;[one, two] = await Promise.all([startBackend({ name: 'one' }), startBackend({ name: 'two' })])
})
afterEach(async () => {
  vi.useRealTimers()
  await parts.stop()
  await Promise.all([one.stop(), two.stop()])
})

/** Both backends as one pool, checked. */
async function pool(fields: Partial<BackendConfig> = {}, options: PartsOptions = {}): Promise<void> {
  const backends = [one, two].map(({ name, url }) => ({ name, url, ...fields }))
  // Without the wait for a backend to come back: what fails here fails at once.
  const config = {
    defaultBackend: ['one', 'two'],
    backends,
    hold: { graceSeconds: 0 },
  } satisfies Partial<Config>
  parts = predictionParts(config, options)
  await parts.monitor.checkAll()
}

const run = (more: Partial<RequestContext> = {}): Promise<Outcome> =>
  parts.dispatcher.run(dispatchOf(parts, ENTRIES), BODY, contextOf(parts, more))

/** The name of the backend that answered. */
async function answeredBy(): Promise<string> {
  const outcome = await run()
  return outcome.kind === 'answer' ? outcome.backend : outcome.kind
}

const useOf = (name: string): BackendUse => parts.slots.useOf(parts.backend(name))
const inFlight = (): number[] => ['one', 'two'].map((name) => useOf(name).inFlight)

describe('the choice', () => {
  test('goes round the healthy backends of a pool', async () => {
    await pool()
    const order = [await answeredBy(), await answeredBy(), await answeredBy(), await answeredBy()]
    expect(order).toEqual(['one', 'two', 'one', 'two'])
    expect(inFlight()).toEqual([0, 0])
  })

  test('leaves out a backend that its check found to be down', async () => {
    await one.kill()
    await pool()
    expect([await answeredBy(), await answeredBy()]).toEqual(['two', 'two'])
  })
})

describe('failover', () => {
  test('goes on with the next backend, and tells the monitor of the first', async () => {
    await pool()
    one.predictFault = { kind: 'status', status: 503 }
    const outcome = await run()
    expect(outcome).toMatchObject({
      kind: 'answer',
      backend: 'two',
      ok: true,
      attempts: [{ backend: 'one', reason: 'answered 503' }],
    })
    expect(parts.monitor.healthOf('one')).toMatchObject({ status: 'unhealthy', error: 'answered 503' })
    expect(parts.monitor.healthOf('two')).toMatchObject({ status: 'healthy' })
  })

  test('ends with the list of failures where nobody is left', async () => {
    await pool()
    one.predictFault = { kind: 'lie', body: '' }
    two.predictFault = { kind: 'lie', body: '<html>' }
    const outcome = await run()
    expect(outcome.kind === 'failed' && outcome.attempts.map(({ backend }) => backend)).toEqual([
      'one',
      'two',
    ])
    expect(inFlight()).toEqual([0, 0])
  })

  test('hands on a refusal that a second backend confirms', async () => {
    await pool()
    one.predictFault = two.predictFault = { kind: 'status', status: 422 }
    expect(await run()).toMatchObject({ kind: 'answer', ok: false, answer: { status: 422 } })
    expect([one.seen.length, two.seen.length]).toEqual([1, 1])
    expect(parts.monitor.healthOf('one')).toMatchObject({ status: 'healthy' })
  })

  test('blames a backend for a 500 only where another one could do it', async () => {
    await pool()
    one.predictFault = { kind: 'status', status: 500 }
    expect(await run()).toMatchObject({ backend: 'two', ok: true })
    expect(parts.monitor.healthOf('one')).toMatchObject({ status: 'unhealthy' })
    await parts.monitor.checkAll()
    two.predictFault = { kind: 'status', status: 500 }
    expect(await run()).toMatchObject({ kind: 'answer', ok: false, answer: { status: 500 } })
    expect(['one', 'two'].map((name) => parts.monitor.healthOf(name)?.status)).toEqual(['healthy', 'healthy'])
  })

  test('has half of the time of the request left after an attempt that is never answered', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    await pool()
    one.predictFault = { kind: 'hang' }
    const running = run({ deadline: performance.now() + 60_000 })
    await once(one, 'prediction')
    vi.advanceTimersByTime(30_000)
    expect(await running).toMatchObject({ backend: 'two', ok: true, attempts: [{ cause: 'timeout' }] })
  })

  test('ends when the time of the request is over', async () => {
    await pool()
    expect(await run({ deadline: performance.now() })).toEqual({
      kind: 'failed',
      attempts: [],
      loss: 'timed-out',
    })
    expect([one.seen, two.seen]).toEqual([[], []])
  })
})

describe('the slots', () => {
  test('are waited for where all are taken, in the order of arrival', async () => {
    const { name, url } = one
    parts = predictionParts({ defaultBackend: name, backends: [{ name, url, maxConcurrent: 1 }] })
    const held = gate()
    one.predictFault = [{ kind: 'held', until: held.promise }]
    const done: string[] = []
    const requests = ['first', 'second', 'third'].map((which) => run().then(() => done.push(which)))
    expect(useOf('one')).toMatchObject({ inFlight: 1, waiting: 2 })
    held.resolve()
    await Promise.all(requests)
    expect(done).toEqual(['first', 'second', 'third'])
    expect(one.mostActive).toBe(1)
    expect(useOf('one')).toMatchObject({ inFlight: 0, waiting: 0 })
  })

  test('are waited for no longer because the health of others changes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { name, url } = one
    const backend = { name, url, maxConcurrent: 1, queueTimeoutMs: 600 }
    parts = predictionParts({ defaultBackend: name, backends: [backend] })
    const held = gate()
    one.predictFault = [{ kind: 'held', until: held.promise }]
    const first = run()
    const waiting = run()
    for (let change = 0; change < 3; change++) {
      vi.advanceTimersByTime(200)
      // What the service does when a backend's health changes: whoever waits chooses anew.
      parts.slots.rechoose()
      await nextTurn()
    }
    expect(await waiting).toMatchObject({ kind: 'failed', attempts: [{ backend: 'one', cause: 'no-slot' }] })
    held.resolve()
    await first
  })

  test('that never become free end a request with no slot', async () => {
    await pool({ maxConcurrent: 1, queueTimeoutMs: 1 })
    const held = gate()
    one.predictFault = two.predictFault = { kind: 'held', until: held.promise }
    const first = [run(), run()]
    const outcome = await run()
    expect(outcome).toMatchObject({
      kind: 'failed',
      attempts: [{ cause: 'no-slot' }, { cause: 'no-slot' }],
    })
    held.resolve()
    await Promise.all(first)
    expect(inFlight()).toEqual([0, 0])
  })
})

describe('a client that goes away', () => {
  test('before anything was sent costs no backend anything', async () => {
    await pool()
    const cancellation = new Cancellation()
    cancellation.cancel()
    expect(await run({ cancellation })).toEqual({ kind: 'aborted' })
    expect([one.seen, two.seen]).toEqual([[], []])
  })

  test('releases its slot and leaves the queue, and blames nobody', async () => {
    await pool({ maxConcurrent: 1 })
    one.predictFault = two.predictFault = { kind: 'hang' }
    const cancellation = new Cancellation()
    const requests = [run({ cancellation }), run({ cancellation }), run({ cancellation })]
    await Promise.all([once(one, 'prediction'), once(two, 'prediction')])
    expect(useOf('one').waiting).toBe(1)
    cancellation.cancel()
    const aborted = { kind: 'aborted' }
    expect(await Promise.all(requests)).toEqual([aborted, aborted, aborted])
    expect(inFlight()).toEqual([0, 0])
    expect(useOf('one').waiting).toBe(0)
    expect(parts.monitor.healthOf('one')).toMatchObject({ status: 'healthy' })
  })
})

test('in debug mode every attempt is recorded under the trace of its request', async () => {
  await pool({}, { debug: true })
  one.predictFault = { kind: 'status', status: 503 }
  await run({ traceId: 'trace' })
  expect(
    parts.recorder.list().map(({ traceId, backend, response }) => [traceId, backend, response.statusCode]),
  ).toEqual([
    ['trace', 'one', 503],
    ['trace', 'two', 200],
  ])
})

test.each([
  ['half of the remaining time while another candidate is left', 100_000, true, undefined, 50_000],
  ['all of it for the last one', 100_000, false, undefined, 100_000],
  ['the backend’s own limit where that is less', 100_000, true, 20_000, 20_000],
  ['not more than the share although the backend may take longer', 100_000, true, 90_000, 50_000],
  ['a millisecond when the time is over', -5, false, undefined, 1],
])('an attempt gets %s', (_what, remainingMs, isAnotherLeft, configuredMs, expected) => {
  expect(attemptTimeoutMs(remainingMs, isAnotherLeft, configuredMs)).toBe(expected)
})

describe('a backend that is paused', () => {
  const PAUSED = { availability: 'paused', reason: 'paused until 18:30', until: null } as const
  const textRun = (): Promise<Outcome> => {
    const context = contextOf(parts)
    const position = { ...context.position, isText: true }
    return parts.dispatcher.run(dispatchOf(parts, ENTRIES), BODY, { ...context, position })
  }

  test('is not asked while another is there', async () => {
    await pool()
    parts.availability.set('one', 'pause', PAUSED)
    expect([await answeredBy(), await answeredBy()]).toEqual(['two', 'two'])
  })

  test('holds images until it is back, whatever the policy; a text is told at once', async () => {
    await pool()
    for (const name of ['one', 'two']) parts.availability.set(name, 'pause', PAUSED)
    const image = run()
    expect(await textRun()).toMatchObject({
      kind: 'failed',
      loss: 'away',
      attempts: [
        { backend: 'one', reason: 'paused until 18:30', cause: 'not-asked' },
        { backend: 'two', reason: 'paused until 18:30', cause: 'not-asked' },
      ],
    })
    parts.availability.set('two', 'pause', undefined)
    expect(await image).toMatchObject({ kind: 'answer', backend: 'two' })
  })

  test('may be kept for texts, and is the last to be asked for one', async () => {
    await pool()
    parts.availability.set('one', 'pause', { ...PAUSED, keepsSearch: true })
    expect([await textRun(), await textRun()]).toMatchObject([{ backend: 'two' }, { backend: 'two' }])
    parts.availability.set('two', 'pause', PAUSED)
    expect(await textRun()).toMatchObject({ kind: 'answer', backend: 'one' })
  })
})
