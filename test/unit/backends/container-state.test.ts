import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  NEW_CONTAINER,
  nextCall,
  nextContainerTick,
  stepContainer,
  type ContainerEvent,
  type ContainerState,
} from '../../../src-main/backends/container-state.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

let state: ContainerState
let now: number
let inFlight: number

beforeEach(() => {
  state = NEW_CONTAINER
  now = 1_000_000
  inFlight = 0
})

const facts = () => ({ stopAfterMs: 10 * MINUTE, inFlight })
const call = () => nextCall(state, facts(), now)

function step(...events: ContainerEvent[]): void {
  for (const event of events) state = stepContainer(state, event, facts(), now)
}

/** Does what is asked of the engine, as an engine does that works. @returns what it was */
function obey(): ReturnType<typeof call> {
  const act = call()
  if (act === undefined) return undefined
  if (act === 'inspect') step({ kind: 'seen', isRunning: false })
  else step({ kind: 'called' }, { kind: 'done', act })
  return act
}

const need: ContainerEvent = { kind: 'needed', byHand: false }
const ping = (ok: boolean): ContainerEvent => ({ kind: 'pinged', ok })

function stopped(): void {
  step({ kind: 'seen', isRunning: false })
}
function healthy(): void {
  step({ kind: 'seen', isRunning: true }, ping(true))
}

/** A start that fails at once. */
function failStart(): void {
  step(
    need,
    { kind: 'called' },
    { kind: 'failed', act: 'start', message: 'no GPU' },
    { kind: 'seen', isRunning: false },
  )
}

describe('starting', () => {
  beforeEach(stopped)

  test('a request starts it, and its ping makes it healthy', () => {
    step(need)
    expect(state.phase).toBe('starting')
    expect(obey()).toBe('start')
    expect(call()).toBeUndefined()
    step(ping(false))
    expect(state.phase).toBe('starting')
    step(ping(true))
    expect(state.phase).toBe('healthy')
  })

  test('it is started once, however many need it', () => {
    step(need, need, { kind: 'called' }, need, { kind: 'done', act: 'start' }, need)
    expect(call()).toBeUndefined()
  })

  test('one that does not answer within 120 s is stopped, and told', () => {
    step(need)
    obey()
    expect(nextContainerTick(state, facts())).toBe(now + 120 * SECOND)
    now += 120 * SECOND
    step({ kind: 'tick' })
    expect(state.phase).toBe('stopping')
    expect(obey()).toBe('stop')
    expect(obey()).toBe('inspect')
    expect(state).toMatchObject({
      phase: 'stopped',
      problem: expect.stringContaining('within 120 s') as string,
    })
  })

  test('photos that come at once do not use up its tries', () => {
    failStart()
    step(need)
    expect(state.phase).toBe('stopped')
    now += 5 * SECOND
    step(need)
    expect(state.phase).toBe('starting')
  })

  test('three failed starts in 10 min: left alone for 15, but not by hand', () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      now += 30 * SECOND
      failStart()
    }
    expect(state.problem).toBe('no GPU; it is left alone for 15 min, unless somebody starts it by hand')
    const since = now
    now = since + 15 * MINUTE - 1
    step(need)
    expect(state.phase).toBe('stopped')
    step({ kind: 'needed', byHand: true })
    expect(state.phase).toBe('starting')
  })

  test('and after that a request starts it again', () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      now += 30 * SECOND
      failStart()
    }
    now += 15 * MINUTE
    step(need)
    expect(state.phase).toBe('starting')
  })

  test('three in a longer time are no reason', () => {
    for (let attempt = 0; attempt < 6; attempt++) {
      now += 5 * MINUTE + 1
      failStart()
    }
    now += 5 * SECOND
    step(need)
    expect(state.phase).toBe('starting')
  })

  test('before the engine was asked, a request starts it too', () => {
    state = NEW_CONTAINER
    step(need)
    expect(obey()).toBe('start')
  })
})

describe('stopping', () => {
  beforeEach(healthy)

  test('after 10 min without a prediction', () => {
    now += 5 * MINUTE
    step({ kind: 'predicted', how: 'well' })
    expect(nextContainerTick(state, facts())).toBe(now + 10 * MINUTE)
    now += 10 * MINUTE - 1
    step({ kind: 'tick' })
    expect(state.phase).toBe('healthy')
    now += 1
    step({ kind: 'tick' })
    expect(obey()).toBe('stop')
    expect(state.phase).toBe('stopped')
  })

  test('never while one runs there', () => {
    inFlight = 1
    now += 60 * MINUTE
    step({ kind: 'tick' })
    expect(state.phase).toBe('healthy')
    expect(nextContainerTick(state, facts())).toBeUndefined()
  })

  test('by hand, once what runs there has ended', () => {
    inFlight = 1
    step({ kind: 'stop-asked' })
    expect(state.phase).toBe('stopping')
    expect(call()).toBeUndefined()
    inFlight = 0
    expect(obey()).toBe('stop')
  })

  test('a request that comes meanwhile starts it again', () => {
    step({ kind: 'stop-asked' }, { kind: 'called' }, need, { kind: 'done', act: 'stop' })
    expect(state.phase).toBe('starting')
    expect(obey()).toBe('start')
  })

  test('one that was stopped by its user is found out, and stays so until a request comes', () => {
    now += 10 * SECOND
    step(ping(false))
    expect(call()).toBe('inspect')
    step({ kind: 'seen', isRunning: false })
    expect(state.phase).toBe('stopped')
    for (let minute = 0; minute < 60; minute++) {
      now += MINUTE
      step(ping(false), { kind: 'tick' })
      expect(call()).toBeUndefined()
    }
    step(need)
    expect(obey()).toBe('start')
  })

  test('one that was started by its user is found out', () => {
    stopped()
    now += 10 * SECOND
    step(ping(true))
    expect(call()).toBe('inspect')
    step({ kind: 'seen', isRunning: true })
    expect(state.phase).toBe('healthy')
  })

  test('a stop that failed is tried again later, not at once', () => {
    step(
      { kind: 'pause', pause: 'stop' },
      { kind: 'called' },
      { kind: 'failed', act: 'stop', message: 'busy' },
    )
    expect(state.problem).toBe('busy')
    expect(call()).toBeUndefined()
    expect(nextContainerTick(state, facts())).toBe(now + 10 * SECOND)
    now += 10 * SECOND
    expect(call()).toBe('inspect')
    step({ kind: 'seen', isRunning: true })
    expect(call()).toBe('stop')
  })
})

describe('a pause', () => {
  test('stops it once what runs there has ended', () => {
    healthy()
    inFlight = 2
    step({ kind: 'pause', pause: 'stop' })
    expect([state.phase, call()]).toEqual(['stopping', undefined])
    inFlight = 0
    expect(obey()).toBe('stop')
  })

  test('stops one that is starting, after the start', () => {
    stopped()
    step(need, { kind: 'called' }, { kind: 'pause', pause: 'stop' }, { kind: 'done', act: 'start' })
    expect(obey()).toBe('stop')
    expect(state.phase).toBe('stopped')
  })

  test.each(['keep', 'stop'] as const)('(%s) nothing starts it', (pause) => {
    stopped()
    step({ kind: 'pause', pause }, need, { kind: 'needed', byHand: true })
    expect([state.phase, call()]).toEqual(['stopped', undefined])
    step({ kind: 'pause', pause: 'none' })
    expect(call()).toBeUndefined()
    step(need)
    expect(obey()).toBe('start')
  })

  test('that keeps search leaves it running', () => {
    healthy()
    step({ kind: 'pause', pause: 'keep' })
    expect([state.phase, call()]).toEqual(['healthy', undefined])
  })

  test('that ends before it was stopped leaves it as it was', () => {
    healthy()
    inFlight = 1
    step({ kind: 'pause', pause: 'stop' }, { kind: 'pause', pause: 'none' })
    expect([state.phase, call()]).toEqual(['healthy', undefined])
  })

  test('that ends while it is being stopped does not start it', () => {
    healthy()
    step({ kind: 'pause', pause: 'stop' }, { kind: 'called' }, { kind: 'pause', pause: 'none' })
    step({ kind: 'done', act: 'stop' })
    expect([state.phase, call()]).toEqual(['stopped', undefined])
  })

  test('before the engine has answered: it is stopped if it runs', () => {
    step({ kind: 'pause', pause: 'stop' })
    expect(call()).toBe('inspect')
    step({ kind: 'seen', isRunning: true })
    expect(call()).toBe('stop')
  })

  test('forgets that a request came before it', () => {
    healthy()
    step({ kind: 'stop-asked' }, { kind: 'called' }, need, { kind: 'pause', pause: 'stop' })
    step({ kind: 'done', act: 'stop' })
    expect([state.phase, call()]).toEqual(['stopped', undefined])
  })
})

describe('a server whose predictions fail', () => {
  beforeEach(healthy)

  const error: ContainerEvent = { kind: 'predicted', how: 'error' }
  const model: ContainerEvent = { kind: 'predicted', how: 'model' }

  test('a model that cannot be loaded: restarted once nothing runs there, once in 15 min', () => {
    inFlight = 1
    step(model)
    expect([state.phase, call()]).toEqual(['stopping', undefined])
    inFlight = 0
    expect(obey()).toBe('restart')
    // The old process may still answer before that.
    expect(state.phase).toBe('starting')
    step(ping(true), model)
    expect([state.phase, call()]).toEqual(['healthy', undefined])
    now += 15 * MINUTE
    step(model)
    expect(call()).toBe('restart')
  })

  test('three errors in a row with good pings', () => {
    step(error, error, { kind: 'predicted', how: 'well' }, error, error)
    expect(call()).toBeUndefined()
    step(error)
    expect(call()).toBe('restart')
  })

  test('not with bad pings', () => {
    step(ping(false), error, error, error)
    expect(call()).toBeUndefined()
  })

  test('a ping of the old process is no end of the restart', () => {
    step(model, { kind: 'called' }, ping(true))
    expect(state.phase).toBe('stopping')
    step({ kind: 'done', act: 'restart' })
    expect(state.phase).toBe('starting')
  })

  test('a pause stops it instead', () => {
    inFlight = 1
    step(model, { kind: 'pause', pause: 'stop' })
    inFlight = 0
    expect(call()).toBe('stop')
  })
})

describe('what the engine was not asked for yet when a pause comes that keeps searches', () => {
  test('a start is taken back, and follows when it is needed after the pause', () => {
    stopped()
    step({ kind: 'needed', byHand: false }, { kind: 'pause', pause: 'keep' })
    expect(call()).toBe('inspect')
    step({ kind: 'seen', isRunning: false })
    expect(call()).toBeUndefined()
    step({ kind: 'pause', pause: 'none' }, { kind: 'needed', byHand: false })
    expect(call()).toBe('start')
  })

  test('a restart is taken back: it runs on', () => {
    step({ kind: 'seen', isRunning: true })
    inFlight = 1
    step({ kind: 'predicted', how: 'model' }, { kind: 'pause', pause: 'keep' })
    inFlight = 0
    expect([state.phase, call()]).toEqual(['healthy', undefined])
  })
})

describe('an engine that cannot be asked', () => {
  test('is told, and asked again after a minute', () => {
    step({ kind: 'look-failed', message: 'start Docker' })
    expect(state.problem).toBe('start Docker')
    expect(call()).toBeUndefined()
    expect(nextContainerTick(state, facts())).toBe(now + MINUTE)
    now += MINUTE
    step({ kind: 'tick' })
    expect(call()).toBe('inspect')
    step({ kind: 'seen', isRunning: false })
    expect(state).toMatchObject({ phase: 'stopped', problem: '' })
    expect(nextContainerTick(state, facts())).toBeUndefined()
  })

  test('does not keep a server that answers from being used', () => {
    step({ kind: 'look-failed', message: 'no rights' }, ping(true))
    expect(state.phase).toBe('healthy')
    state = NEW_CONTAINER
    stopped()
    now += 10 * SECOND
    step(ping(true), { kind: 'look-failed', message: 'no rights' })
    expect(state.phase).toBe('healthy')
  })
})

describe('whatever happens', () => {
  const event: fc.Arbitrary<ContainerEvent> = fc.oneof(
    fc.record({ kind: fc.constant('needed'), byHand: fc.boolean() }),
    fc.record({ kind: fc.constantFrom('stop-asked', 'tick') }),
    fc.record({ kind: fc.constant('pause'), pause: fc.constantFrom('none', 'keep', 'stop') }),
    fc.record({ kind: fc.constant('pinged'), ok: fc.boolean() }),
    fc.record({ kind: fc.constant('predicted'), how: fc.constantFrom('well', 'error', 'model', 'other') }),
  )
  const happening = fc.record({ event, inFlight: fc.nat(1), passed: fc.nat(5 * MINUTE), fails: fc.boolean() })

  test('nothing starts it while it is paused, and nothing stops it while it works', () => {
    let starts = 0
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (steps) => {
        state = NEW_CONTAINER
        now = 0
        /** A container as an engine has it. */
        let isRunning = false
        for (const one of steps) {
          now += one.passed
          inFlight = isRunning ? one.inFlight : 0
          step(one.event)
          for (let asked = call(); asked !== undefined; asked = call()) {
            if (asked === 'inspect') {
              step({ kind: 'seen', isRunning })
              continue
            }
            if (asked !== 'stop') {
              starts++
              expect(state.pause).toBe('none')
            }
            if (asked !== 'start') expect(inFlight).toBe(0)
            step({ kind: 'called' })
            if (one.fails) step({ kind: 'failed', act: asked, message: 'no' })
            else {
              isRunning = asked !== 'stop'
              step({ kind: 'done', act: asked })
            }
            if (one.fails) break
          }
          if (state.pause === 'stop' && inFlight === 0 && !one.fails && state.phase !== 'unknown') {
            expect(['stopped', 'stopping']).toContain(state.phase)
          }
        }
      }),
      { numRuns: 500 },
    )
    expect(starts).toBeGreaterThan(100)
  })
})
