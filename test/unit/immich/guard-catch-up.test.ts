import { beforeEach, describe, expect, test } from 'vitest'
import { ImmichError } from '../../../src-main/immich/errors.ts'
import { MINUTE, SECOND, useGuard, world } from '../../support/guard-world.ts'
import { settle } from '../../support/manual-clock.ts'

useGuard()

const unreachable = (mayHaveActed = false) =>
  new ImmichError('IMMICH_UNREACHABLE', 'not reachable', { mayHaveActed })

describe('catching up', () => {
  beforeEach(() => (world.pending = 3))

  test('Missing is started while the queue is paused, before it goes on', async () => {
    await world.pauseWhileAway()
    let wasPaused: boolean | undefined
    world.api.onChange = (call) => {
      if (call === 'start smartSearch') wasPaused = world.isPaused()
    }
    world.back()
    await world.clock.advance(10 * SECOND)
    expect(world.api.changes).toEqual(['pause smartSearch', 'start smartSearch', 'resume smartSearch'])
    expect(wasPaused).toBe(true)
    expect(world.catchUps).toEqual(['smartSearch began'])
  })

  test('it waits until no job is at work', async () => {
    world.api.queue('smartSearch').active = 2
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual(['pause smartSearch'])
    world.api.queue('smartSearch').active = 0
    await world.clock.advance(5 * SECOND)
    expect(world.api.changes).toEqual(['pause smartSearch', 'start smartSearch', 'resume smartSearch'])
  })

  test('a job that never ends does not keep the queue paused for ever', async () => {
    await world.pauseWhileAway()
    world.api.queue('smartSearch').active = 1
    world.back()
    await world.clock.advance(10 * SECOND + 300 * SECOND + 5 * SECOND)
    expect(world.api.changes).toEqual(['pause smartSearch', 'resume smartSearch'])
    // Nor is it paused for it again at once.
    await world.clock.advance(9 * MINUTE)
    expect(world.api.changes).toEqual(['pause smartSearch', 'resume smartSearch'])
  })

  test('without losses there is none, unless jobs were at work when it was paused', async () => {
    world.pending = 0
    world.api.queue('smartSearch').active = 1
    await world.pauseWhileAway()
    world.api.queue('smartSearch').active = 0
    expect(world.stored?.queues.smartSearch.owed).toBe(true)
    world.back()
    await world.clock.advance(10 * SECOND)
    expect(world.api.changes).toEqual(['pause smartSearch', 'start smartSearch', 'resume smartSearch'])
    expect(world.stored?.queues.smartSearch.owed).toBe(false)
  })

  test('it has ended when the queue is empty; then the duplicates are looked for', async () => {
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(10 * SECOND)
    world.api.queue('smartSearch').waiting = 3
    await world.clock.advance(MINUTE)
    expect(world.catchUps).toEqual(['smartSearch began'])
    world.api.queue('smartSearch').waiting = 0
    await world.clock.advance(30 * SECOND)
    expect(world.catchUps).toEqual(['smartSearch began', 'smartSearch done'])
    expect(world.api.queue('duplicateDetection').started).toBe(1)
    await world.clock.advance(2 * 60 * MINUTE)
    expect(world.api.queue('duplicateDetection').started).toBe(1)
  })

  test('duplicates that are looked for already are asked again', async () => {
    world.api.queue('duplicateDetection').active = 1
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(10 * SECOND)
    world.api.queue('smartSearch').waiting = 0
    await world.clock.advance(2 * MINUTE)
    expect(world.api.queue('duplicateDetection').started).toBe(0)
    world.api.queue('duplicateDetection').active = 0
    await world.clock.advance(MINUTE)
    expect(world.api.queue('duplicateDetection').started).toBe(1)
  })

  test('there is one an hour at most, and what is owed follows by itself', async () => {
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(10 * SECOND)
    world.api.queue('smartSearch').waiting = 0
    await world.clock.advance(MINUTE)
    const began = world.clock.wall()
    expect(world.api.queue('smartSearch').started).toBe(1)
    world.away()
    await world.clock.advance(20 * SECOND)
    world.pending = 2
    world.lastLossAt = world.clock.wall()
    world.back()
    // It goes on at once, without a catch-up.
    await world.clock.advance(10 * SECOND)
    expect(world.isPaused()).toBe(false)
    expect(world.api.queue('smartSearch').started).toBe(1)
    await world.clock.advance(60 * MINUTE - (world.clock.wall() - began) - 2 * MINUTE)
    expect(world.api.queue('smartSearch').started).toBe(1)
    await world.clock.advance(3 * MINUTE)
    expect(world.api.queue('smartSearch').started).toBe(2)
    expect(world.isPaused()).toBe(false)
  })

  test('an outage in the middle of one is told', async () => {
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(10 * SECOND)
    world.away()
    await world.clock.advance(SECOND)
    world.back()
    world.api.queue('smartSearch').waiting = 0
    await world.clock.advance(MINUTE)
    expect(world.catchUps).toEqual(['smartSearch began', 'smartSearch interrupted'])
  })

  test('losses without a pause are caught up when it is quiet, by a pause of a moment', async () => {
    world.back()
    world.lastLossAt = world.clock.wall()
    await world.clock.advance(10 * SECOND - 1)
    expect(world.api.changes).toEqual([])
    await world.clock.advance(1)
    expect(world.api.changes).toEqual(['pause smartSearch', 'start smartSearch', 'resume smartSearch'])
  })

  test('none where it is turned off', async () => {
    world.guard.set('on', false)
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(2 * 60 * MINUTE)
    expect(world.api.changes).toEqual(['pause smartSearch', 'resume smartSearch'])
  })

  test('none in a queue that an admin paused, or resumed a moment ago', async () => {
    world.api.queue('smartSearch').isPaused = true
    world.back()
    await world.clock.advance(5 * MINUTE)
    expect(world.api.changes).toEqual([])
  })

  test('a key that may not start it: the queue goes on all the same', async () => {
    world.api.fail = (call) =>
      call.startsWith('start')
        ? new ImmichError('IMMICH_PERMISSION_MISSING', 'job.create', { permission: 'job.create' })
        : undefined
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(10 * SECOND)
    expect(world.isPaused()).toBe(false)
    expect(world.guard.refusedPermissions).toEqual(['job.create'])
    await world.clock.advance(9 * MINUTE)
    expect(world.api.calls.filter((call) => call.startsWith('start')).length).toBe(1)
  })

  test('an answer that is lost starts no second one, and the losses stay counted', async () => {
    world.api.fail = (call) => (call.startsWith('start') ? unreachable(true) : undefined)
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(10 * SECOND)
    expect(world.api.queue('smartSearch').started).toBe(1)
    expect(world.isPaused()).toBe(false)
    world.api.queue('smartSearch').waiting = 0
    await world.clock.advance(MINUTE)
    expect(world.catchUps).toEqual(['smartSearch began', 'smartSearch uncertain'])
  })

  test('by hand at any time, and not twice', async () => {
    world.pending = 0
    world.back()
    world.guard.askCatchUp('smartSearch')
    await world.clock.advance(10 * SECOND)
    expect(world.api.queue('smartSearch').started).toBe(1)
    world.api.queue('smartSearch').waiting = 0
    await world.clock.advance(MINUTE)
    world.guard.askCatchUp('smartSearch')
    await world.clock.advance(SECOND)
    expect(world.api.queue('smartSearch').started).toBe(2)
    expect(world.isPaused()).toBe(false)
  })
})

test('turning the guard off in the middle of a catch-up leaves its losses counted', async () => {
  world.pending = 3
  await world.pauseWhileAway()
  world.back()
  await world.clock.advance(10 * SECOND)
  world.guard.set('off', true)
  await settle()
  expect(world.catchUps).toEqual(['smartSearch began', 'smartSearch uncertain'])
})
