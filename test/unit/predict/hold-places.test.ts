import { expect, test } from 'vitest'
import { HoldPlace, HoldPlaces } from '../../../src-main/predict/hold-places.ts'
import { PrioritySemaphore } from '../../../src-main/predict/semaphore.ts'

const memoryOf = (capacity: number) => new PrioritySemaphore({ capacity, busy: 'busy' })

/** A place whose body was admitted with so many units. */
function placeOf(places: HoldPlaces, memory: PrioritySemaphore, units: number): HoldPlace {
  return new HoldPlace(places, memory, memory.tryAcquire(units) ?? expect.unreachable('no memory'))
}

test('what waits is counted apart, and goes back where there is memory', () => {
  const [places, memory] = [new HoldPlaces({ requests: 2, bytes: 100 }), memoryOf(100)]
  const place = placeOf(places, memory, 60)
  place.enter()
  expect([places.requests, places.bytes, memory.used]).toEqual([1, 60, 0])
  place.leave()
  expect([places.requests, places.bytes, memory.used]).toEqual([0, 0, 60])
  place.end()
  expect(memory.used).toBe(0)
})

test('without memory it stays counted until its end, and may wait again', () => {
  const [places, memory] = [new HoldPlaces({ bytes: 100 }), memoryOf(100)]
  const place = placeOf(places, memory, 60)
  place.enter()
  const other = memory.tryAcquire(60)
  place.leave()
  expect([places.requests, places.bytes, memory.used]).toEqual([0, 60, 60])
  place.enter()
  expect([places.requests, places.bytes]).toEqual([1, 60])
  place.leave()
  place.end()
  other?.release()
  expect([places.bytes, memory.used]).toEqual([0, 0])
})

test('two dispatches of one prediction have one place', () => {
  const [places, memory] = [new HoldPlaces({ requests: 1 }), memoryOf(100)]
  const place = placeOf(places, memory, 10)
  place.enter()
  place.enter()
  place.leave()
  expect(places.requests).toBe(1)
  place.leave()
  expect(places.requests).toBe(0)
})

test.each([
  ['requests', { requests: 1, bytes: 1_000 }],
  ['bytes', { requests: 10, bytes: 15 }],
])('beyond its %s the next one is refused, and nothing is left counted of it', (_what, limits) => {
  const [places, memory] = [new HoldPlaces(limits), memoryOf(100)]
  const first = placeOf(places, memory, 10)
  const second = placeOf(places, memory, 10)
  first.enter()
  expect(() => second.enter()).toThrow(expect.objectContaining({ code: 'HOLD_FULL', status: 503 }) as Error)
  second.end()
  expect([places.requests, places.bytes, memory.used]).toEqual([1, 10, 0])
})
