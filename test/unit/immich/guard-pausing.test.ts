import { describe, expect, test } from 'vitest'
import { ImmichError } from '../../../src-main/immich/errors.ts'
import { pauseProblem } from '../../../src-main/immich/guard-decide.ts'
import { GuardWorld, MINUTE, SECOND, useGuard, world } from '../../support/guard-world.ts'
import { RestlessClock, settle } from '../../support/manual-clock.ts'

useGuard()

const unreachable = (mayHaveActed = false) =>
  new ImmichError('IMMICH_UNREACHABLE', 'not reachable', { mayHaveActed })

describe('pausing', () => {
  test('a queue is paused when nobody has lived for 15 s, and only that one', async () => {
    world.back('ocr')
    world.away()
    await world.clock.advance(15 * SECOND - 1)
    expect(world.api.changes).toEqual([])
    await world.clock.advance(1)
    expect(world.api.changes).toEqual(['pause smartSearch'])
    await world.clock.advance(10 * MINUTE)
    expect(world.api.changes).toEqual(['pause smartSearch'])
  })

  test('a shorter outage pauses nothing', async () => {
    world.away()
    await world.clock.advance(14 * SECOND)
    world.back()
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual([])
  })

  test('before the first check of the backends nothing is paused', async () => {
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual([])
  })

  test('what is paused is written down before Immich is asked', async () => {
    let written: string | undefined
    world.api.onChange = (call) => {
      if (call === 'pause smartSearch') written = world.stored?.queues.smartSearch.pause?.stage
    }
    await world.pauseWhileAway()
    expect(written).toBe('asked')
    expect(world.stored?.queues.smartSearch.pause).toMatchObject({ why: 'away', stage: 'paused' })
  })

  test('where it cannot be written down nothing is paused', async () => {
    world.saveFails = true
    world.away()
    await world.clock.advance(5 * MINUTE)
    expect(world.api.changes).toEqual([])
    expect(world.guard.saveProblem).toContain('the disk is full')
    world.saveFails = false
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual(['pause smartSearch'])
  })

  test('a queue that an admin pauses after our last look, right before we would, is none of ours', async () => {
    world.pollMs = 5 * SECOND
    await world.clock.advance(2 * SECOND)
    world.away()
    await world.clock.advance(14 * SECOND)
    world.pollMs = undefined
    world.api.queue('smartSearch').isPaused = true
    await world.clock.advance(MINUTE)
    world.back()
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual([])
    expect(world.isPaused()).toBe(true)
  })

  test('a time that comes between the decision and the timer is not lost', async () => {
    const restless = new GuardWorld(new RestlessClock(0.4))
    restless.guard.set('on', true)
    await settle()
    restless.away()
    await restless.clock.advance(20 * SECOND)
    expect(restless.api.changes).toEqual(['pause smartSearch'])
    restless.back()
    await restless.clock.advance(20 * SECOND)
    expect(restless.api.changes).toEqual(['pause smartSearch', 'resume smartSearch'])
    await restless.guard.stop()
  })

  test('a queue that an admin has paused is none of ours, and is not resumed', async () => {
    world.api.queue('smartSearch').isPaused = true
    world.away()
    await world.clock.advance(MINUTE)
    world.back()
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual([])
    expect(world.guard.paused).toEqual([])
  })

  test('one that an admin resumed meanwhile is paused once its images come', async () => {
    world.api.queue('smartSearch').isPaused = true
    world.away()
    await world.clock.advance(MINUTE)
    world.api.queue('smartSearch').isPaused = false
    world.imageAt = world.clock.wall()
    world.guard.look()
    await world.clock.advance(SECOND)
    expect(world.api.changes).toEqual(['pause smartSearch'])
  })

  test.each([
    ['several URLs', () => (world.api.urls = ['http://proxy:3004', 'http://other:3003'])],
    ['no URL', () => (world.api.urls = [])],
    ['a URL that does not lead here', () => (world.urlsProblem = 'no request came here')],
  ])('with %s nothing is paused', async (_what, change) => {
    change()
    world.away()
    await world.clock.advance(5 * MINUTE)
    expect(world.api.changes).toEqual([])
    expect(pauseProblem(world.guard.state, world.facts())).toBeDefined()
    world.api.urls = ['http://proxy:3004']
    world.urlsProblem = undefined
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual(['pause smartSearch'])
  })

  test('with settings that cannot be read nothing is paused, and it says why', async () => {
    world.api.fail = (call) =>
      call === 'urls'
        ? new ImmichError('IMMICH_PERMISSION_MISSING', 'Missing required permission: systemConfig.read', {
            permission: 'systemConfig.read',
          })
        : undefined
    await world.restart()
    world.away()
    await world.clock.advance(5 * MINUTE)
    expect(world.api.changes).toEqual([])
    expect(pauseProblem(world.guard.state, world.facts())).toContain(
      'Missing required permission: systemConfig.read',
    )
    expect(world.guard.refusedPermissions).toEqual(['systemConfig.read'])
  })

  test('in observe it reads and changes nothing', async () => {
    world.guard.set('observe', true)
    await settle()
    expect(world.guard.greeting).toEqual({ version: '2.5.0', permissions: ['all'] })
    world.away()
    await world.clock.advance(MINUTE)
    world.back()
    await world.clock.advance(MINUTE)
    expect(world.api.changes).toEqual([])
  })

  test('off, it asks nothing', async () => {
    await world.restart('off')
    world.api.calls.length = 0
    world.away()
    world.pollMs = 5 * SECOND
    world.guard.look()
    await world.clock.advance(MINUTE)
    expect(world.api.calls).toEqual([])
  })
})

describe('resuming', () => {
  test('a queue goes on when a backend has been healthy for 10 s', async () => {
    await world.pauseWhileAway()
    world.back()
    await world.clock.advance(10 * SECOND - 1)
    expect(world.isPaused()).toBe(true)
    await world.clock.advance(1)
    expect(world.api.changes).toEqual(['pause smartSearch', 'resume smartSearch'])
    expect(world.stored).toBeUndefined()
  })

  test('one that flaps stays paused', async () => {
    await world.pauseWhileAway()
    for (let round = 0; round < 5; round++) {
      world.back()
      await world.clock.advance(9 * SECOND)
      world.away()
      await world.clock.advance(SECOND)
    }
    expect(world.api.changes).toEqual(['pause smartSearch'])
  })

  test('one that an admin resumed is left alone for 30 min', async () => {
    await world.pauseWhileAway()
    world.api.queue('smartSearch').isPaused = false
    // Its images tell.
    await world.clock.advance(10 * SECOND)
    world.imageAt = world.clock.wall()
    world.guard.look()
    await settle()
    expect(world.guard.paused).toEqual([])
    await world.clock.advance(30 * MINUTE - 1)
    expect(world.api.changes).toEqual(['pause smartSearch'])
    await world.clock.advance(1)
    expect(world.api.changes).toEqual(['pause smartSearch', 'pause smartSearch'])
  })

  test('leaving on resumes at once, although the backend is away', async () => {
    await world.pauseWhileAway()
    world.guard.set('observe', true)
    await settle()
    expect(world.isPaused()).toBe(false)
    expect(world.stored).toBeUndefined()
  })

  test('release waits for it, and says where it did not work', async () => {
    await world.pauseWhileAway()
    world.api.fail = () => unreachable()
    const released = world.guard.release(5 * SECOND)
    await world.clock.advance(5 * SECOND)
    expect(await released).toBe(false)
    expect(world.stored?.queues.smartSearch.pause).toBeDefined()
    world.api.fail = () => undefined
    const again = world.guard.release(MINUTE)
    await world.clock.advance(MINUTE)
    expect(await again).toBe(true)
    expect(world.isPaused()).toBe(false)
  })
})
