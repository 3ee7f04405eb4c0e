import { describe, expect, test } from 'vitest'
import { delay } from '../../../src-main/platform/clock.ts'
import { ImmichError } from '../../../src-main/immich/errors.ts'
import type { StoredGuard } from '../../../src-main/immich/guard-types.ts'
import { FakeImmichApi } from '../../support/fake-immich-api.ts'
import { MINUTE, SECOND, useGuard, world } from '../../support/guard-world.ts'
import { settle } from '../../support/manual-clock.ts'

useGuard()

const unreachable = (mayHaveActed = false) =>
  new ImmichError('IMMICH_UNREACHABLE', 'not reachable', { mayHaveActed })

describe('an Immich that does not answer', () => {
  test('is asked again, ever more slowly, and paused when it is back', async () => {
    world.api.fail = () => unreachable()
    world.away()
    await world.clock.advance(10 * MINUTE)
    expect(world.api.calls.length).toBeLessThan(60)
    world.api.fail = () => undefined
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual(['pause smartSearch'])
  })

  test('a pause whose answer is lost is looked at, and is ours', async () => {
    world.api.fail = (call) => (call.startsWith('pause') ? unreachable(true) : undefined)
    world.away()
    await world.clock.advance(15 * SECOND)
    expect(world.stored?.queues.smartSearch.pause?.stage).toBe('paused')
    world.api.fail = () => undefined
    world.back()
    await world.clock.advance(10 * SECOND)
    expect(world.isPaused()).toBe(false)
  })

  test('a resume whose answer is lost is not taken for an admin’s', async () => {
    await world.pauseWhileAway()
    world.back()
    world.api.fail = (call) => (call.startsWith('resume') ? unreachable(true) : undefined)
    await world.clock.advance(20 * SECOND)
    expect(world.isPaused()).toBe(false)
    expect(world.guard.paused).toEqual([])
    expect(world.guard.state.queues.smartSearch.leftAloneUntil).toBeUndefined()
  })

  test('answers each call after 9 s: it is paused all the same', async () => {
    const slow = async (work: () => Promise<unknown>) => {
      await delay(world.clock, 9 * SECOND)
      return work()
    }
    const { api } = world
    const [queues, urls] = [api.queues.bind(api), api.machineLearning.bind(api)]
    api.queues = () => slow(queues) as ReturnType<typeof queues>
    api.machineLearning = () => slow(urls) as ReturnType<typeof urls>
    world.away()
    await world.clock.advance(2 * MINUTE)
    expect(api.changes).toEqual(['pause smartSearch'])
    expect(api.calls.length).toBeLessThan(12)
  })

  test('is greeted anew after it was away: another version may be there', async () => {
    const greetings = () => world.api.calls.filter((call) => call === 'version').length
    const before = greetings()
    world.pollMs = 5 * SECOND
    world.api.fail = (call) => (call === 'read' ? unreachable() : undefined)
    world.guard.look()
    await world.clock.advance(10 * SECOND)
    expect(greetings()).toBe(before)
    world.api.fail = () => undefined
    await world.clock.advance(MINUTE)
    expect(greetings()).toBe(before + 1)
  })
})

describe('a restart', () => {
  test('our pauses end by the usual rule', async () => {
    await world.pauseWhileAway()
    await world.restart()
    await world.clock.advance(MINUTE)
    expect(world.isPaused()).toBe(true)
    world.back()
    await world.clock.advance(10 * SECOND)
    expect(world.isPaused()).toBe(false)
  })

  /** What stood on the disk when Immich was asked to pause. */
  function forgetTheAnswer(): void {
    world.stored = JSON.parse(JSON.stringify(world.stored).replace('"paused"', '"asked"')) as StoredGuard
  }

  test('a process that was killed before Immich answered: the pause is ours', async () => {
    await world.pauseWhileAway()
    forgetTheAnswer()
    await world.restart()
    expect(world.guard.state.queues.smartSearch.pause?.stage).toBe('paused')
    world.back()
    await world.clock.advance(10 * SECOND)
    expect(world.isPaused()).toBe(false)
  })

  test('one that was killed before Immich was asked leaves nothing behind', async () => {
    await world.pauseWhileAway()
    forgetTheAnswer()
    world.api.queue('smartSearch').isPaused = false
    await world.restart()
    expect(world.guard.paused).toEqual([])
    expect(world.guard.state.queues.smartSearch.leftAloneUntil).toBeUndefined()
  })

  test('a queue that was resumed meanwhile is left alone', async () => {
    await world.pauseWhileAway()
    await world.guard.stop()
    world.api.queue('smartSearch').isPaused = false
    await world.restart()
    world.away()
    await world.clock.advance(29 * MINUTE)
    expect(world.isPaused()).toBe(false)
  })

  test('in another mode they end at once', async () => {
    await world.pauseWhileAway()
    await world.restart('off')
    expect(world.isPaused()).toBe(false)
  })

  test('a catch-up is still one an hour', async () => {
    world.pending = 1
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(10 * SECOND)
    world.api.queue('smartSearch').waiting = 0
    await world.clock.advance(MINUTE)
    await world.restart()
    world.pending = 1
    world.back()
    await world.clock.advance(30 * MINUTE)
    expect(world.api.queue('smartSearch').started).toBe(1)
  })
})

describe('sleep', () => {
  test('all queues that may be are paused at once, and go on 10 s after the computer is awake', async () => {
    world.back()
    world.back('ocr')
    world.back('faceDetection')
    world.api.queue('ocr').isPaused = true
    await world.clock.advance(MINUTE)
    await world.guard.suspend('suspend')
    expect(world.api.changes).toEqual(['pause smartSearch', 'pause faceDetection'])
    await world.clock.advance(SECOND)
    world.clock.jump(8 * 60 * MINUTE)
    world.guard.woke()
    await world.clock.advance(10 * SECOND - 1)
    expect(world.isPaused()).toBe(true)
    await world.clock.advance(1)
    expect(world.isPaused()).toBe(false)
    expect(world.isPaused('faceDetection')).toBe(false)
    expect(world.isPaused('ocr')).toBe(true)
  })

  test('an answer from before our pause does not look like an admin’s resume', async () => {
    world.back()
    world.pollMs = 5 * SECOND
    const queues = world.api.queues.bind(world.api)
    let answer: (() => void) | undefined
    // The read of the page hangs until the queues are paused, and tells then how they stood before.
    world.api.queues = () => {
      world.api.queues = queues
      const before = queues()
      return new Promise((resolve) => (answer = () => resolve(before)))
    }
    await world.clock.advance(6 * SECOND)
    world.guard.look()
    await settle()
    const suspended = world.guard.suspend('suspend')
    await world.clock.advance(SECOND)
    await suspended
    answer?.()
    await settle()
    expect(world.guard.paused).toEqual(['smartSearch', 'faceDetection', 'ocr'])
  })

  test('an Immich that does not answer takes 2 s at most', async () => {
    world.back()
    world.api.fail = () => unreachable()
    await world.guard.suspend('suspend')
    expect(world.api.changes).toEqual([])
  })

  test('a suspend that the system took back is forgotten', async () => {
    world.back()
    await world.guard.suspend('suspend')
    await world.clock.advance(4 * MINUTE)
    expect(world.isPaused()).toBe(true)
    await world.clock.advance(2 * MINUTE)
    expect(world.isPaused()).toBe(false)
  })

  test('a queue that an admin resumed a moment ago is left alone then too', async () => {
    await world.pauseWhileAway()
    world.api.queue('smartSearch').isPaused = false
    await world.guard.suspend('suspend')
    expect(world.api.changes).toEqual(['pause smartSearch', 'pause faceDetection', 'pause ocr'])
  })

  test('in observe nothing is paused', async () => {
    world.guard.set('observe', true)
    await world.guard.suspend('quit')
    expect(world.api.changes).toEqual([])
  })
})

describe('by hand', () => {
  test('a pause lasts until it is ended by hand', async () => {
    world.back()
    await world.guard.pauseByHand()
    expect(world.api.changes).toEqual(['pause smartSearch', 'pause faceDetection', 'pause ocr'])
    await world.clock.advance(60 * MINUTE)
    expect(world.isPaused()).toBe(true)
    world.guard.askResume('smartSearch')
    await settle()
    expect(world.isPaused()).toBe(false)
    expect(world.isPaused('ocr')).toBe(true)
    world.away()
    await world.clock.advance(MINUTE)
    expect(world.isPaused()).toBe(false)
  })

  test('what cannot be paused is told', async () => {
    world.api.fail = (call) => (call.startsWith('pause') ? unreachable() : undefined)
    await expect(world.guard.pauseByHand()).rejects.toThrow('not reachable')
    expect(world.guard.paused).toEqual([])
  })
})

describe('asking for the counts', () => {
  const reads = () => world.api.calls.filter((call) => call === 'read').length

  test('once at the start, then as often as somebody looks, else never', async () => {
    expect(reads()).toBe(1)
    await world.clock.advance(10 * MINUTE)
    expect(reads()).toBe(1)
    expect(world.clock.timers).toBe(0)
    world.pollMs = 30 * SECOND
    world.guard.look()
    await world.clock.advance(2 * MINUTE)
    expect(reads()).toBe(1 + 1 + 4)
    world.pollMs = 5 * SECOND
    world.guard.look()
    await world.clock.advance(MINUTE)
    expect(reads()).toBe(6 + 12)
    world.pollMs = undefined
    await world.clock.advance(10 * MINUTE)
    expect(reads()).toBe(6 + 12)
  })

  test('not while a queue is paused and nobody is there', async () => {
    await world.pauseWhileAway()
    const before = reads()
    await world.clock.advance(8 * 60 * MINUTE)
    expect(reads()).toBe(before)
  })
})

test('an Immich without a queue for ocr', async () => {
  world.api = new FakeImmichApi(['smartSearch', 'faceDetection'])
  await world.restart()
  world.away('ocr')
  world.away()
  await world.clock.advance(10 * MINUTE)
  expect(world.api.changes).toEqual(['pause smartSearch'])
  expect(world.api.calls.length).toBeLessThan(40)
})

test('a clock that is set back stops nothing', async () => {
  await world.pauseWhileAway()
  world.back()
  await world.clock.advance(5 * SECOND)
  world.clock.jump(-5 * 60 * MINUTE)
  await world.clock.advance(15 * SECOND)
  expect(world.isPaused()).toBe(false)
})
