import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Courtesy } from '../../../src-main/courtesy/courtesy.ts'
import type { Needs, Sightings } from '../../../src-main/courtesy/probes/look.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import type { BackendConfig } from '../../../src-shared/config/schema.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { ManualClock, RestlessClock, settle } from '../../support/manual-clock.ts'
import { mkdirSync, writeFileSync } from 'node:fs'

const SECOND = 1_000
const MINUTE = 60 * SECOND

const NOTHING: Sightings = {
  game: false,
  programs: [],
  onBattery: false,
  idleSeconds: Infinity,
  problems: {},
}
const GAME: Sightings = { ...NOTHING, game: true }
const GPU: BackendConfig = { name: 'gpu', url: 'http://127.0.0.1:3003', yield: { games: true } }
const NAS: BackendConfig = { name: 'nas', url: 'http://192.168.1.5:3003' }

useFolder()

let clock: ManualClock
let courtesy: Courtesy
let sightings: Sightings
let needs: Needs[]
/** How long a look takes. */
let lookMs: number
let queueWaits: boolean
let changes: string[]

function create(): Courtesy {
  const made = new Courtesy({
    folder,
    log: silentLogger(),
    clock,
    queueWaits: () => queueWaits,
    ownAddresses: () => ({
      hostname: 'desktop.lan',
      interfaces: {
        eth0: [
          {
            address: '192.168.1.20',
            netmask: '255.255.255.0',
            family: 'IPv4',
            mac: '00:00:00:00:00:00',
            internal: false,
            cidr: '192.168.1.20/24',
          },
        ],
      },
    }),
    look: (asked) => {
      needs.push(asked)
      return new Promise((resolve) => {
        if (lookMs === 0) resolve(sightings)
        else clock.after(lookMs, () => resolve(sightings))
      })
    },
  })
  made.on('change', (name) => changes.push(name))
  return made
}

beforeEach(() => {
  clock = new ManualClock()
  sightings = NOTHING
  needs = []
  changes = []
  lookMs = 0
  queueWaits = false
  courtesy = create()
  courtesy.apply([GPU, NAS])
})
afterEach(() => courtesy.stop())

const restart = (backends: BackendConfig[] = [GPU, NAS]): void => {
  courtesy.stop()
  courtesy = create()
  courtesy.apply(backends)
}

test('a window of the schedule begins in its minute, although time passes between the backends and the timer', async () => {
  clock = new RestlessClock(0.7)
  courtesy = create()
  const timeAt = (ms: number): string => new Date(ms).toTimeString().slice(0, 5)
  const begins = clock.wall() + MINUTE
  const schedule = [`${timeAt(begins)}-${timeAt(begins + 5 * MINUTE)}`]
  courtesy.apply([
    { ...GPU, yield: { schedule } },
    { ...NAS, yield: { schedule } },
  ])
  await clock.advance(MINUTE)
  expect(changes).toEqual(['gpu', 'nas'])
})

describe('looks', () => {
  test('none is made while no work is wanted', async () => {
    await clock.advance(24 * 60 * MINUTE)
    expect(courtesy.looks).toBe(0)
    expect(clock.timers).toBe(0)
  })

  test('they are made while requests come and 5 min longer, each 10 s at most', async () => {
    for (let second = 0; second < 60; second++) {
      void courtesy.wanted()
      await clock.advance(SECOND)
    }
    expect(courtesy.looks).toBe(7)
    await clock.advance(60 * MINUTE)
    // The last request came at 59 s: looks until 5 min after it.
    expect(courtesy.looks).toBe(36)
    expect(clock.timers).toBe(0)
  })

  test('they go on while a queue waits', async () => {
    queueWaits = true
    void courtesy.wanted()
    await clock.advance(60 * MINUTE)
    expect(courtesy.looks).toBe(361)
    queueWaits = false
    await clock.advance(60 * MINUTE)
    expect(courtesy.looks).toBe(361)
  })

  test('none is made where no rule needs one', async () => {
    courtesy.apply([NAS, { ...GPU, yield: { schedule: ['00:00-24:00'] } }])
    expect(courtesy.wanted()).toBeUndefined()
    await clock.advance(MINUTE)
    expect([courtesy.looks, needs]).toEqual([0, []])
  })

  test('one look is made for all rules of all backends', async () => {
    courtesy.apply([
      GPU,
      { ...NAS, yield: { programs: ['cs2'], onBattery: true } },
      { name: 'third', url: 'http://x', yield: { programs: ['cs2', 'blender'], idleSeconds: 60 } },
    ])
    void courtesy.wanted()
    await settle()
    expect(needs).toEqual([{ games: true, programs: ['cs2', 'blender'], battery: true, idle: true }])
  })

  test('the next one does not begin before a slow one has ended', async () => {
    lookMs = 25 * SECOND
    void courtesy.wanted()
    await clock.advance(24 * SECOND)
    expect(courtesy.looks).toBe(1)
    await clock.advance(SECOND)
    expect(courtesy.looks).toBe(2)
  })
})

describe('the first photo after a rest', () => {
  test('waits for one look, and a game that it finds pauses at once', async () => {
    sightings = GAME
    lookMs = SECOND
    const look = courtesy.wanted()
    expect(look).toBeInstanceOf(Promise)
    let isOver = false
    void look?.then(() => (isOver = true))
    await clock.advance(SECOND - 1)
    expect(isOver).toBe(false)
    await clock.advance(1)
    expect(isOver).toBe(true)
    expect(courtesy.of('gpu')).toMatchObject({ by: 'rule', until: null, reason: 'game running' })
    expect(changes).toEqual(['gpu'])
  })

  test('waits 2 s at most; what the look finds later still counts', async () => {
    sightings = GAME
    lookMs = 3 * SECOND
    let isOver = false
    void courtesy.wanted()?.then(() => (isOver = true))
    await clock.advance(2 * SECOND)
    expect(isOver).toBe(true)
    expect(courtesy.of('gpu')).toBeUndefined()
    await clock.advance(SECOND)
    expect(courtesy.of('gpu')).toBeDefined()
  })

  test('those that come with it wait as well, those after it do not', async () => {
    lookMs = SECOND
    expect(courtesy.wanted()).toBeInstanceOf(Promise)
    expect(courtesy.wanted()).toBeInstanceOf(Promise)
    await clock.advance(10 * SECOND)
    expect(courtesy.wanted()).toBeUndefined()
    await clock.advance(6 * MINUTE)
    expect(courtesy.wanted()).toBeInstanceOf(Promise)
  })
})

describe('a game in the middle of work', () => {
  test('pauses after 10 s, and the work goes on 180 s after its end', async () => {
    queueWaits = true
    void courtesy.wanted()
    await clock.advance(25 * SECOND)
    sightings = GAME
    // Found by the look at 30 s, and by the one at 40 s.
    await clock.advance(15 * SECOND - 1)
    expect(courtesy.of('gpu')).toBeUndefined()
    await clock.advance(1)
    expect(courtesy.of('gpu')).toMatchObject({ reason: 'game running', letsTextsThrough: true })
    expect(courtesy.of('nas')).toBeUndefined()
    sightings = NOTHING
    // Missed by the look at 50 s.
    await clock.advance(190 * SECOND - 1)
    expect(courtesy.of('gpu')).toBeDefined()
    await clock.advance(1)
    expect(courtesy.of('gpu')).toBeUndefined()
    expect(changes).toEqual(['gpu', 'gpu'])
  })

  test('a managed container does not keep search unless that is set', async () => {
    const manage = { container: 'ml' }
    courtesy.apply([
      { ...GPU, manage },
      { ...NAS, manage, yield: { games: true, keepSearch: true } },
    ])
    sightings = GAME
    void courtesy.wanted()
    await settle()
    expect(courtesy.of('gpu')).toMatchObject({ letsTextsThrough: false })
    expect(courtesy.of('nas')).toMatchObject({ letsTextsThrough: true })
  })

  test('a look that fails pauses nothing, and is told', async () => {
    sightings = { ...NOTHING, problems: { games: 'cannot look for games here: Steam was not found' } }
    void courtesy.wanted()
    await clock.advance(MINUTE)
    expect(courtesy.of('gpu')).toBeUndefined()
    expect(courtesy.problems('gpu')).toEqual(['cannot look for games here: Steam was not found'])
    expect(courtesy.problems('nas')).toEqual([])
    sightings = NOTHING
    await clock.advance(10 * SECOND)
    expect(courtesy.problems('gpu')).toEqual([])
  })
})

describe('by hand', () => {
  test('with an end, which is kept by a timer and over a restart', async () => {
    courtesy.pauseByHand('nas', { until: clock.wall() + 10 * MINUTE, reason: 'guests' })
    expect(courtesy.of('nas')).toMatchObject({ by: 'hand', reason: 'guests', letsTextsThrough: false })
    restart()
    expect(courtesy.of('nas')).toMatchObject({ by: 'hand', until: clock.wall() + 10 * MINUTE })
    await clock.advance(10 * MINUTE)
    expect(courtesy.of('nas')).toBeUndefined()
    expect(changes).toEqual(['nas', 'nas', 'nas'])
    expect(clock.timers).toBe(0)
    restart()
    expect(courtesy.of('nas')).toBeUndefined()
  })

  test('its end is kept although the computer slept over it', async () => {
    courtesy.pauseByHand('nas', { until: clock.wall() + 60 * MINUTE })
    clock.jump(2 * 60 * MINUTE)
    await clock.advance(30 * SECOND)
    expect(changes).toEqual(['nas', 'nas'])
  })

  test('one that is renamed or moved stays paused, while this runs and while it does not', () => {
    courtesy.pauseByHand('nas', { until: null })
    const renamed = { ...NAS, name: 'attic' }
    courtesy.apply([GPU, renamed])
    expect(courtesy.of('attic')).toBeDefined()
    const moved = { ...renamed, url: 'http://192.168.1.6:3003' }
    courtesy.apply([GPU, moved])
    expect(courtesy.of('attic')).toBeDefined()
    restart([GPU, { ...moved, name: 'cellar' }])
    expect(courtesy.of('cellar')).toBeDefined()
    restart([GPU, NAS])
    expect(courtesy.of('nas')).toBeUndefined()
  })

  test('a second backend with the same URL is another one', () => {
    const twin = { ...NAS, name: 'twin' }
    courtesy.apply([NAS, twin])
    courtesy.pauseByHand('nas', { until: null })
    restart([twin, NAS])
    expect(courtesy.of('twin')).toBeUndefined()
    expect(courtesy.of('nas')).toBeDefined()
  })

  test('a resume overrules the rules until the reason has ended, over a restart too', async () => {
    queueWaits = true
    sightings = GAME
    void courtesy.wanted()
    await settle()
    courtesy.resumeByHand('gpu')
    expect(courtesy.of('gpu')).toBeUndefined()
    await clock.advance(MINUTE)
    restart()
    void courtesy.wanted()
    await clock.advance(MINUTE)
    expect(courtesy.of('gpu')).toBeUndefined()
    sightings = NOTHING
    await clock.advance(200 * SECOND)
    sightings = GAME
    await clock.advance(20 * SECOND)
    expect(courtesy.of('gpu')).toBeDefined()
  })

  test.each([
    [{ until: 0 }, 'until is in the past'],
    [{ until: NaN }, 'until is in the past'],
    [{ until: null, reason: 'x'.repeat(101) }, 'reason must be a text of at most 100 characters in one line'],
    [{ until: null, reason: 'a\r\nb' }, 'reason must be a text'],
  ])('refuses %j', (request, message) => {
    const thrown = (): void => courtesy.pauseByHand('nas', request)
    expect(thrown).toThrow(message)
    expect(thrown).toThrow(expect.objectContaining({ code: 'PAUSE_INVALID', status: 400 }) as Error)
    expect(courtesy.of('nas')).toBeUndefined()
  })

  test('refuses a backend that is not there', () => {
    expect(() => courtesy.pauseByHand('x', { until: null })).toThrow('There is no backend "x"')
    expect(() => courtesy.resumeByHand('x')).toThrow(expect.objectContaining({ status: 404 }) as Error)
  })

  test.each([1e300, -1e300])(
    'an end that no clock reaches (%d) in the file keeps nothing from starting',
    (until) => {
      const entries = [{ name: 'gpu', url: GPU.url, value: { hand: { until, reason: '' }, overruled: [] } }]
      mkdirSync(`${folder}/state`)
      writeFileSync(`${folder}/state/pauses.json`, JSON.stringify({ entries }))
      courtesy.stop()
      courtesy = create()
      courtesy.apply([GPU])
      expect(courtesy.of('gpu')).toBeUndefined()
    },
  )

  test('pauses although it cannot be written down, and says so', () => {
    writeFileSync(`${folder}/state`, 'a file where the folder belongs')
    courtesy.pauseByHand('nas', { until: null })
    expect(courtesy.of('nas')).toBeDefined()
    expect(courtesy.problems('nas')).toEqual([expect.stringContaining('not kept over a restart')])
  })
})

test('this computer: all backends whose URL leads to it', () => {
  const urls = [
    'http://localhost:1',
    'http://127.0.0.5:1',
    'http://[::1]:1',
    'http://192.168.1.20:1',
    'http://Desktop:1',
    'http://desktop.local:1',
    'http://192.168.1.5:1',
    'http://laptop:1',
    'http://1270.0.0.1.example:1',
  ]
  courtesy.apply(urls.map((url) => ({ name: url, url })))
  expect(courtesy.pauseThisComputer({ until: null })).toEqual(urls.slice(0, 6))
  expect(urls.filter((url) => courtesy.of(url) !== undefined)).toEqual(urls.slice(0, 6))
  courtesy.resumeThisComputer()
  expect(urls.filter((url) => courtesy.of(url) !== undefined)).toEqual([])
})
