/** The guard over real connections, on a clock that runs 50 times as fast as the real one. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { delay } from '../../../src-main/platform/clock.ts'
import { Immich } from '../../../src-main/immich/immich.ts'
import { streamLogger } from '../../../src-main/platform/log.ts'
import type { ImmichConfig } from '../../../src-shared/config/schema.ts'
import { fastClock } from '../../support/fast-clock.ts'
import { GuardedFront } from '../../support/guarded-front.ts'
import { immichForm, JOBS } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import { ADMIN_KEY, startImmich, type SimulatedImmich } from '../../support/simulated-immich.ts'

/** Fifty times as fast as the real one. */
const clock = fastClock(50)

let folder: string
let logged: string
let server: SimulatedImmich
let immich: Immich
let front: GuardedFront

const open = () =>
  new Immich({
    folder,
    log: streamLogger('trace', { write: (line) => void (logged += line) }),
    clock,
  })
const settings = (more: Partial<ImmichConfig> = {}): ImmichConfig => ({
  url: server.url,
  apiKey: ADMIN_KEY,
  guard: 'on',
  ...more,
})
const isPaused = () => server.queues.smartSearch.isPaused()
const remaining = async () => {
  const { active, waiting, paused } = await server.queues.smartSearch.counts()
  return active + waiting + paused
}
const paused = (is: boolean) => expect.poll(isPaused, { message: `paused: ${is}` }).toBe(is)
/** Away for long enough that the queue is paused. */
async function pausedWhileAway(): Promise<void> {
  await server.ping()
  front.setServed(false)
  await paused(true)
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'immich-guard-'))
  logged = ''
  immich = open()
  front = await new GuardedFront(immich).start()
  server = await startImmich({ mlUrls: [front.url] })
})
afterEach(async () => {
  await immich.stop()
  await server.close()
  await front.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('observe shows version, permissions and queues, and changes nothing', async () => {
  server.keys.set(ADMIN_KEY, { isAdmin: true, permissions: ['queue.read'] })
  await server.adminPauses('ocr')
  await immich.apply(settings({ guard: 'observe' }))
  await expect.poll(() => immich.status().queues.ocr?.isPaused).toBe(true)
  expect(immich.status()).toMatchObject({
    configured: true,
    guard: 'observe',
    version: '2.5.0',
    missingPermissions: ['queue.update', 'job.create', 'systemConfig.read'],
    queues: { ocr: { pausedBy: 'an admin' }, smartSearch: { isPaused: false, remaining: 0 } },
  })
  front.setServed(false)
  await immich.suspend('suspend')
  expect(server.calls.filter(({ method }) => method !== 'GET')).toEqual([])
})

test('200 photos, the backend away in the middle: all are done, and nothing is forced', async () => {
  await immich.apply(settings())
  await server.upload(200)
  await expect.poll(() => server.tally('smartSearch').done).toBeGreaterThan(50)
  // Slow enough that some are lost before the queue is paused.
  front.durationMs = 30
  await pausedWhileAway()
  expect(server.lost).toBeGreaterThan(0)
  // A loss is counted before Immich has read the answer.
  await expect.poll(() => immich.status().losses.clip.count - server.lost).toBe(0)
  const { lost } = server
  expect(immich.status().losses.clip).toMatchObject({ count: lost, byReason: { away: lost } })
  // The backend is away for a minute of the guard's time, in which nothing more is lost.
  await delay(clock, 60_000)
  expect(server.lost).toBeLessThanOrEqual(lost + 2)
  front.durationMs = 2
  front.setServed(true)
  await expect.poll(() => server.tally('smartSearch').done).toBe(200)
  await expect.poll(() => immich.status().losses.clip.count).toBe(0)
  // Missing looks while one more job is at work: it is found missing, and done once more.
  expect(server.tally('smartSearch').twice).toBeLessThanOrEqual(1)
  await expect.poll(() => server.callsTo('PUT', '/jobs/duplicateDetection').length).toBe(1)
  expect(server.callsTo('PUT', '/jobs/smartSearch').length).toBe(1)
  expect(server.violations).toEqual([])
})

test('one job at a time: none is done twice', async () => {
  await server.close()
  server = await startImmich({ mlUrls: [front.url], concurrency: 1 })
  await immich.apply(settings())
  await server.upload(60)
  await expect.poll(() => server.tally('smartSearch').done).toBeGreaterThan(10)
  front.durationMs = 30
  await pausedWhileAway()
  front.setServed(true)
  front.durationMs = 2
  await expect.poll(() => server.tally('smartSearch').done).toBe(60)
  await expect.poll(remaining).toBe(0)
  expect(server.lost).toBeGreaterThan(0)
  expect(server.tally('smartSearch').twice).toBe(0)
})

describe('Immich', () => {
  test('is stopped while its queue is paused, and starts again: the jobs wait, and go on', async () => {
    await immich.apply(settings())
    await pausedWhileAway()
    await server.upload(5)
    await server.stop()
    front.setServed(true)
    await expect.poll(() => immich.status().problems.join()).toContain('Immich cannot be reached')
    expect(await remaining()).toBe(5)
    await server.start()
    await expect.poll(() => server.tally('smartSearch').done).toBe(5)
    expect(await isPaused()).toBe(false)
    await expect.poll(() => immich.status().problems).toEqual([])
  })

  test('is stopped when the backend goes: its queue is paused once it is back', async () => {
    await immich.apply(settings())
    await server.ping()
    await expect.poll(() => immich.status().version).toBe('2.5.0')
    await server.stop()
    front.setServed(false)
    await expect.poll(() => immich.status().problems.join()).toContain('Immich cannot be reached')
    await server.start()
    await server.ping()
    await paused(true)
  })

  test('answers slowly', async () => {
    server.fault = { kind: 'slow', ms: 100 }
    await immich.apply(settings())
    await pausedWhileAway()
    front.setServed(true)
    await paused(false)
  })

  test('loses the answers to what it did', async () => {
    await immich.apply(settings())
    await server.ping()
    await expect.poll(() => immich.status().version).toBe('2.5.0')
    front.setServed(false)
    server.fault = { kind: 'no-answer' }
    await paused(true)
    server.fault = undefined
    front.setServed(true)
    await paused(false)
  })

  test('of before v2.4', async () => {
    server.version = [2, 3, 0]
    await immich.apply(settings())
    await pausedWhileAway()
    front.setServed(true)
    await paused(false)
    expect(server.callsTo('PUT', '/jobs/smartSearch').map(({ body }) => body)).toEqual([
      { command: 'pause', force: false },
      { command: 'resume', force: false },
    ])
  })

  test('with a wrong key: it says so, and a right one works at once', async () => {
    await immich.apply(settings({ apiKey: 'wrong' }))
    await expect.poll(() => immich.status().problems.join()).toContain('make a new one in Immich as an admin')
    await immich.apply(settings())
    await pausedWhileAway()
  })

  test('with a key that may not pause: it names the permission', async () => {
    server.keys.set(ADMIN_KEY, { isAdmin: true, permissions: ['queue.read', 'systemConfig.read'] })
    await immich.apply(settings())
    await server.ping()
    front.setServed(false)
    await expect
      .poll(() => immich.status().problems.join())
      .toContain('Missing required permission: queue.update')
    expect(immich.status().missingPermissions).toEqual(['queue.update', 'job.create'])
    expect(await isPaused()).toBe(false)
  })
})

describe('where pausing would stop work that others could do', () => {
  test('two URLs', async () => {
    server.mlUrls = [front.url, 'http://127.0.0.1:9']
    await immich.apply(settings())
    await server.ping()
    front.setServed(false)
    await expect.poll(() => immich.status().problems.join()).toContain('has 2 machine-learning URLs')
    expect(server.callsTo('PUT', '/queues/smartSearch')).toEqual([])
  })

  test('a URL under which no request came here', async () => {
    await immich.apply(settings())
    front.setServed(false)
    await expect
      .poll(() => immich.status().problems.join())
      .toContain('no request came here under http://127.0.0.1')
    expect(await isPaused()).toBe(false)
    // Immich pings.
    await server.ping()
    await paused(true)
    expect(immich.status().problems).toEqual([])
  })

  test('losses of another client are shown apart', async () => {
    await immich.apply(settings())
    await expect.poll(() => immich.status().version).toBe('2.5.0')
    front.setServed(false)
    const other = front.url.replace('127.0.0.1', 'localhost')
    await fetch(`${other}/predict`, { method: 'POST', body: immichForm(JOBS.searchImage, readPhoto()) })
    expect(immich.status().otherLosses.clip.count).toBe(1)
    expect(immich.status().losses.clip.count).toBe(0)
  })
})

describe('changes of the settings', () => {
  test.each([
    ['observe', { guard: 'observe' as const }],
    ['off', { guard: 'off' as const }],
    ['another key', { apiKey: 'another' }],
    ['none', undefined],
  ])('%s: what we paused goes on first, and what an admin paused stays', async (_what, change) => {
    await server.adminPauses('ocr')
    await immich.apply(settings())
    await pausedWhileAway()
    await immich.apply(change === undefined ? undefined : settings(change))
    await paused(false)
    await expect.poll(() => server.queues.faceDetection.isPaused()).toBe(false)
    expect(await server.queues.ocr.isPaused()).toBe(true)
  })

  test('another URL, while the old Immich is away: it is told what is left, and mended when it is entered again', async () => {
    const other = await startImmich()
    try {
      await immich.apply(settings())
      await pausedWhileAway()
      await server.stop()
      await immich.apply(settings({ url: other.url }))
      expect(immich.status().problems.join()).toContain(`the Immich at ${server.url} may still be paused`)
      await server.start()
      await immich.apply(settings())
      front.setServed(true)
      await paused(false)
      expect(immich.status().problems).toEqual([])
    } finally {
      await other.close()
    }
  })

  test('on is refused where what is paused cannot be written down', () => {
    immich.requireWritable()
    rmSync(path.join(folder, 'state'), { recursive: true })
    writeFileSync(path.join(folder, 'state'), 'a file where the folder should be')
    expect(() => immich.requireWritable()).toThrow('cannot be written')
  })
})

describe('by hand', () => {
  test('pause, resume', async () => {
    await immich.apply(settings())
    await immich.pauseByHand()
    expect(await isPaused()).toBe(true)
    immich.resumeByHand()
    await paused(false)
  })

  test('pause needs the guard to be on, so that it ends again', async () => {
    await expect(immich.pauseByHand()).rejects.toMatchObject({ code: 'IMMICH_NOT_SET_UP' })
    await immich.apply(settings({ guard: 'observe' }))
    await expect(immich.pauseByHand()).rejects.toMatchObject({ code: 'GUARD_NOT_ON', status: 409 })
  })

  test('missing, with the guard on and in observe', async () => {
    await immich.apply(settings())
    await server.ping()
    await immich.missingByHand(['clip'])
    await expect.poll(() => server.callsTo('PUT', '/jobs/smartSearch').length).toBe(1)
    await paused(false)
    await immich.apply(settings({ guard: 'observe' }))
    await immich.missingByHand()
    expect(server.callsTo('PUT', '/jobs/smartSearch').length).toBe(2)
    expect(server.callsTo('PUT', '/jobs/ocr').length).toBe(1)
  })

  test('missing in observe sets the losses back when it has ended, though a save comes in between', async () => {
    await immich.apply(settings({ guard: 'observe' }))
    await expect.poll(() => immich.status().version).toBe('2.5.0')
    front.setServed(false)
    await server.upload(2, ['smartSearch'])
    await expect.poll(() => immich.status().losses.clip.count).toBe(2)
    front.setServed(true)
    await immich.missingByHand()
    expect(immich.status().queues.smartSearch?.catchingUp).toBe(true)
    await immich.apply(settings({ guard: 'observe', catchUp: false }))
    await expect.poll(() => immich.status().losses.clip.count).toBe(0)
    expect(server.tally('smartSearch').done).toBe(2)
    expect(server.callsTo('PUT', '/jobs/smartSearch').length).toBe(1)
    expect(server.callsTo('PUT', '/jobs/duplicateDetection')).toEqual([])
  })

  test('missing is refused while nobody could do the work, or an admin has paused it', async () => {
    await immich.apply(settings({ guard: 'observe' }))
    front.setServed(false)
    await expect(immich.missingByHand(['clip'])).rejects.toMatchObject({ code: 'NOT_SERVED' })
    front.setServed(true)
    await server.adminPauses('smartSearch')
    immich.looked()
    await expect.poll(() => immich.status().queues.smartSearch?.isPaused).toBe(true)
    await expect(immich.missingByHand(['clip'])).rejects.toMatchObject({ code: 'QUEUE_PAUSED' })
  })
})

test('progress: what is left, how fast, and how long', async () => {
  await immich.apply(settings({ guard: 'observe' }))
  front.durationMs = 10
  await server.upload(300)
  await expect
    .poll(() => {
      immich.looked()
      return immich.progress().clip.etaSeconds ?? 0
    })
    .toBeGreaterThan(0)
  const { remaining: left, ratePerMinute } = immich.progress().clip
  expect(left).toBeGreaterThan(0)
  expect(ratePerMinute).toBeGreaterThan(0)
})

test('suspend pauses what runs, and an Immich that hangs does not hold it up', async () => {
  await immich.apply(settings())
  await server.ping()
  await expect.poll(() => immich.status().version).toBe('2.5.0')
  await immich.suspend('suspend')
  expect(await isPaused()).toBe(true)
  expect(await server.queues.ocr.isPaused()).toBe(true)
  immich.woke()
  await paused(false)
  server.fault = { kind: 'hang' }
  await immich.suspend('suspend')
  expect(await isPaused()).toBe(false)
})

test('the key is in no log, no state file and no status', async () => {
  await immich.apply(settings())
  await pausedWhileAway()
  server.fault = { kind: 'status', status: 500, body: `{"message":"${ADMIN_KEY}"}` }
  front.setServed(true)
  await expect.poll(() => immich.status().problems.join()).toContain('Immich answered 500')
  server.fault = undefined
  await paused(false)
  immich.losses.flush()
  const files = readdirSync(path.join(folder, 'state')).map((name) =>
    readFileSync(path.join(folder, 'state', name), 'utf8'),
  )
  expect(files.length).toBeGreaterThan(0)
  const told = [logged, JSON.stringify(immich.status()), ...files]
  expect(told.filter((text) => text.includes(ADMIN_KEY))).toEqual([])
  expect(logged).toContain('Immich’s queue is paused')
})

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a read-only folder refuses on', () => {
  chmodSync(folder, 0o500)
  expect(() => immich.requireWritable()).toThrow('cannot be written')
  chmodSync(folder, 0o700)
})
