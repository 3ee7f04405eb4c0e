import { expect, test } from 'vitest'
import { HoldPermit, HoldCapacity } from '../../../src-main/predict/hold-capacity.ts'
import { PrioritySemaphore } from '../../../src-main/predict/semaphore.ts'

const memoryOf = (capacity: number) => new PrioritySemaphore({ capacity, busy: 'busy' })

/** A permit whose body was admitted with so many units. */
function permitOf(capacity: HoldCapacity, memory: PrioritySemaphore, units: number): HoldPermit {
  return new HoldPermit(capacity, memory, memory.tryAcquire(units) ?? expect.unreachable('no memory'))
}

test('what waits is counted apart, and goes back where there is memory', () => {
  const [capacity, memory] = [new HoldCapacity({ requests: 2, bytes: 100 }), memoryOf(100)]
  const permit = permitOf(capacity, memory, 60)
  permit.enter()
  expect([capacity.requests, capacity.bytes, memory.used]).toEqual([1, 60, 0])
  permit.leave()
  expect([capacity.requests, capacity.bytes, memory.used]).toEqual([0, 0, 60])
  permit.end()
  expect(memory.used).toBe(0)
})

test('without memory it stays counted until its end, and may wait again', () => {
  const [capacity, memory] = [new HoldCapacity({ bytes: 100 }), memoryOf(100)]
  const permit = permitOf(capacity, memory, 60)
  permit.enter()
  const other = memory.tryAcquire(60)
  permit.leave()
  expect([capacity.requests, capacity.bytes, memory.used]).toEqual([0, 60, 60])
  permit.enter()
  expect([capacity.requests, capacity.bytes]).toEqual([1, 60])
  permit.leave()
  permit.end()
  other?.release()
  expect([capacity.bytes, memory.used]).toEqual([0, 0])
})

test('two dispatches of one prediction share one permit', () => {
  const [capacity, memory] = [new HoldCapacity({ requests: 1 }), memoryOf(100)]
  const permit = permitOf(capacity, memory, 10)
  permit.enter()
  permit.enter()
  permit.leave()
  expect(capacity.requests).toBe(1)
  permit.leave()
  expect(capacity.requests).toBe(0)
})

test.each([
  ['requests', { requests: 1, bytes: 1_000 }],
  ['bytes', { requests: 10, bytes: 15 }],
])('beyond its %s the next one is refused, and nothing is left counted of it', (_what, limits) => {
  const [capacity, memory] = [new HoldCapacity(limits), memoryOf(100)]
  const first = permitOf(capacity, memory, 10)
  const second = permitOf(capacity, memory, 10)
  first.enter()
  expect(() => second.enter()).toThrow(expect.objectContaining({ code: 'HOLD_FULL', status: 503 }) as Error)
  second.end()
  expect([capacity.requests, capacity.bytes, memory.used]).toEqual([1, 10, 0])
})
